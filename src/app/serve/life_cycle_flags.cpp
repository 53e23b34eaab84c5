// SPDX-License-Identifier: Apache-2.0
// The names of the flags are Triton's where it has them.
#include "app/serve/life_cycle_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>

#include "pipeline/rollout_config.h"

namespace tandem::app {

void LifeCycleFlags::add_to(CLI::App& verb) {
  verb.add_option("--model-control", model_control,
                  "explicit: serves only what --load-model names or a load call asks for (docs/lifecycle.md)")
      ->check(CLI::IsMember({"none", "explicit"}))
      ->capture_default_str();
  verb.add_option("--load-model", load_models, "A model to load at start, with explicit control; '*' for all")
      ->type_name("NAME");
  verb.add_option("--watch", watch_s, "Takes over what changes in the store, looking every so many seconds; alone: 2")
      ->expected(0, 1)
      ->default_str("2")
      ->check(CLI::Range(0.05, 86400.0))
      ->type_name("SECONDS");
  verb.add_option("--shadow", shadows,
                  "Runs a share of a model's requests once more on another version or engine, and compares")
      ->type_name("MODEL=VERSION|ENGINE:SHARE");
}

Status LifeCycleFlags::apply_to(serve::ServerOptions& options) const {
  options.models.explicit_control = model_control == "explicit";
  options.models.load_names = load_models;
  if (!load_models.empty() && !options.models.explicit_control) {
    return invalid_argument(
        "--load-model needs --model-control explicit; without it every model of the store is loaded");
  }
  options.models.watch_interval = std::chrono::milliseconds(static_cast<std::int64_t>(watch_s * 1000));
  for (const std::string& text : shadows) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return invalid_argument(fmt::format("--shadow: expected MODEL=VERSION|ENGINE:SHARE, got '{}'", text));
    }
    options.models.shadows[text.substr(0, equals)] = TRY(parse_shadow(text.substr(equals + 1)));
  }
  return {};
}

}  // namespace tandem::app
