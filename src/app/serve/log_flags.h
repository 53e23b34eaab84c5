// SPDX-License-Identifier: Apache-2.0
// LogFlags: what `tandem serve` writes of itself, and how.
#pragma once

#include <string>

#include "base/error.h"

namespace CLI {
class App;
}

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct LogFlags {
  std::string level = "warning";
  std::string format = "text";

  void add_to(CLI::App& verb);
  /// Sets up the program's log; before other threads are started.
  Status configure() const;
};

}  // namespace tandem::app
