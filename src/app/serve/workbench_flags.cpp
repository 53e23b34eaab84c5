// SPDX-License-Identifier: Apache-2.0
// The flags of the workbench.
#include "app/serve/workbench_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace tandem::app {

void WorkbenchFlags::add_to(CLI::App& verb) {
  verb.add_flag("--workbench", on,
                "The page may convert checkpoints, run images on any engine and compare engines (docs/workbench.md)");
  verb.add_flag("--remote-workbench", remote, "The same for everyone who reaches this server");
}

Status WorkbenchFlags::apply_to(serve::ServerOptions& options, const ListenFlags& listen,
                                const std::string& store) const {
  if (!on && !remote) return {};
  if (!remote && !listen.is_loopback()) {
    return invalid_argument(
        fmt::format("--workbench takes files and runs jobs for anyone who reaches {}: leave --host away, or say "
                    "--remote-workbench",
                    listen.host));
  }
  options.workbench.emplace();
  options.workbench->store = store;
  options.workbench->loopback_only = !remote;
  options.workbench->version = TANDEM_VERSION;
  return {};
}

}  // namespace tandem::app
