// SPDX-License-Identifier: Apache-2.0
// ProtocolFlags: which optional parts of the inference protocol `tandem serve` speaks.
#pragma once

#include <string>

#include "base/error.h"
#include "serve/server/server.h"

namespace CLI {
class App;
}

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct ProtocolFlags {
  bool shared_memory = false;
  std::string trace_file;

  void add_to(CLI::App& verb);
  void apply_to(serve::ServerOptions& options) const;
};

}  // namespace tandem::app
