// SPDX-License-Identifier: Apache-2.0
// WorkbenchFlags: whether the page of `tandem serve` takes files and jobs, and from whom.
#pragma once

#include <string>

#include "app/serve/listen_flags.h"
#include "base/error.h"
#include "serve/server/server.h"

namespace CLI {
class App;
}

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct WorkbenchFlags {
  bool on = false;
  bool remote = false;

  void add_to(CLI::App& verb);
  /// It takes files and runs long jobs, so it is for the person at this machine unless they say otherwise.
  /// Errors: invalid_argument (others would reach it).
  Status apply_to(serve::ServerOptions& options, const ListenFlags& listen, const std::string& store) const;
};

}  // namespace tandem::app
