// SPDX-License-Identifier: Apache-2.0
// GateFlags: who may call `tandem serve`, and whether it may be changed while it runs.
#pragma once

#include <string>

#include "base/error.h"
#include "serve/server/server.h"

namespace CLI {
class App;
}

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct GateFlags {
  std::string api_keys;
  bool admin = false;

  void add_to(CLI::App& verb);
  /// Errors: those of the file of keys.
  Status apply_to(serve::ServerOptions& options) const;
  /// Reads the file of keys again. Errors: those of the file; then the keys before go on to count.
  Status reload(serve::Server& server) const;
};

}  // namespace tandem::app
