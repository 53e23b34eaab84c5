// SPDX-License-Identifier: Apache-2.0
// The flags of the gate.
#include "app/serve/gate_flags.h"

#include <CLI/CLI.hpp>
#include <utility>

namespace tandem::app {

void GateFlags::add_to(CLI::App& verb) {
  verb.add_option("--api-keys", api_keys,
                  "Only callers with a key of this file: one 'NAME ROLE SHA256' a line, ROLE read, infer or admin; "
                  "SIGHUP reads it again")
      ->type_name("FILE");
  verb.add_flag("--admin", admin, "Answer calls that change settings of the running server: logs, traces");
}

Status GateFlags::apply_to(serve::ServerOptions& options) const {
  options.gate.admin_calls = admin;
  if (!api_keys.empty()) options.gate.keys = TRY(serve::read_api_keys(api_keys));
  return {};
}

Status GateFlags::reload(serve::Server& server) const {
  if (api_keys.empty()) return {};
  return server.replace_keys(TRY(serve::read_api_keys(api_keys)));
}

}  // namespace tandem::app
