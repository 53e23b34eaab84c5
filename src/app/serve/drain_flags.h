// SPDX-License-Identifier: Apache-2.0
// DrainFlags: how `tandem serve` ends.
#pragma once

#include <chrono>

#include "base/error.h"
#include "serve/server/server.h"

namespace CLI {
class App;
}

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct DrainFlags {
  double delay_s = 0;
  double timeout_s = 30;

  void add_to(CLI::App& verb);
  /// Ends the server: what has been asked is answered. Errors: deadline_exceeded.
  Status drain(serve::Server& server) const;
};

}  // namespace tandem::app
