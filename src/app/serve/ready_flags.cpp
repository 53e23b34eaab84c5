// SPDX-License-Identifier: Apache-2.0
// The flag of the readiness probe.
#include "app/serve/ready_flags.h"

#include <CLI/CLI.hpp>

namespace tandem::app {

void ReadyFlags::add_to(CLI::App& verb) {
  verb.add_option("--ready-when", when, "Ready when all models are loaded, any of them, or those named: a,b")
      ->type_name("all|any|NAMES")
      ->capture_default_str();
}

Status ReadyFlags::apply_to(serve::ServerOptions& options) const {
  auto policy = serve::parse_ready_policy(when);
  if (!policy) return fail(policy.error().with_context("--ready-when"));
  options.ready = std::move(*policy);
  return {};
}

}  // namespace tandem::app
