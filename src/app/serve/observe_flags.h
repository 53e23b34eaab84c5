// SPDX-License-Identifier: Apache-2.0
// ObserveFlags: what `tandem serve` tells of each request, and whom.
#pragma once

#include <string>

#include "base/error.h"
#include "serve/server/server.h"

namespace CLI {
class App;
}

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct ObserveFlags {
  std::string access_log;
  std::string otlp_endpoint;
  std::string otlp_ca;
  double trace_ratio = 1;

  void add_to(CLI::App& verb);
  Status apply_to(serve::ServerOptions& options) const;
};

}  // namespace tandem::app
