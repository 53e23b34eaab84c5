// SPDX-License-Identifier: Apache-2.0
// ReadyFlags: when `tandem serve` says that it is ready.
#pragma once

#include <string>

#include "base/error.h"
#include "serve/server/server.h"

namespace CLI {
class App;
}

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct ReadyFlags {
  std::string when = "any";

  void add_to(CLI::App& verb);
  /// Errors: invalid_argument.
  Status apply_to(serve::ServerOptions& options) const;
};

}  // namespace tandem::app
