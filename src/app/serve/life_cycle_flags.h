// SPDX-License-Identifier: Apache-2.0
// LifeCycleFlags: how the models of `tandem serve` come and go while it runs.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "serve/server/server.h"

namespace CLI {
class App;
}

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct LifeCycleFlags {
  std::string model_control = "none";
  std::vector<std::string> load_models;
  double watch_s = 0;
  std::vector<std::string> shadows;  // MODEL=VERSION|ENGINE:SHARE

  void add_to(CLI::App& verb);
  /// Errors: invalid_argument (a shadow that is none, --load-model without explicit control).
  Status apply_to(serve::ServerOptions& options) const;
};

}  // namespace tandem::app
