// SPDX-License-Identifier: Apache-2.0
// ModelFlags: which models `tandem serve` serves, and on which engine.
#pragma once

#include <string>

#include "app/models/plan_flags.h"
#include "app/models/session_flags.h"
#include "base/error.h"
#include "serve/server/server.h"

namespace CLI {
class App;
}

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct ModelFlags {
  std::string served = "models";
  std::string store = "models";
  std::string model_name;
  std::string default_model;
  SessionFlags session;
  int instances = 0;
  PlanFlags plans;

  void add_to(CLI::App& verb);
  /// Finds out what `served` is: a store or a file goes before a name in --store. Afterwards `store` is what to open.
  /// Errors: not_found, invalid_argument (a name that is none), those of the session's flags.
  Status apply_to(serve::ServerOptions& options);
};

}  // namespace tandem::app
