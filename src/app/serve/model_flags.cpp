// SPDX-License-Identifier: Apache-2.0
// The flags of the models.
#include "app/serve/model_flags.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "app/models/model_source.h"
#include "base/cpu.h"
#include "schedule/core_tokens.h"

namespace tandem::app {

void ModelFlags::add_to(CLI::App& verb) {
  verb.add_option("source", served, "A model store, one model file, or a model's name in --store")
      ->capture_default_str()
      ->type_name("STORE|FILE|NAME");
  verb.add_option("--store", store, "The store in which a name is looked up")->capture_default_str();
  verb.add_option("--default-model", default_model, "The model of /inference when the caller names none");
  session.add_to(verb);
  verb.add_option("--instances", instances, "Runs of a model at the same time; 0: measured (docs/scheduling.md)")
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
}

Status ModelFlags::apply_to(serve::ServerOptions& options) {
  options.default_model = default_model;
  options.models.load.engine = session.engine;
  options.models.load.session = TRY(session.options());
  options.models.load.instances = instances;
  options.models.load.cores = std::make_shared<CoreTokens>(cpu_budget().cores);
  std::error_code error;
  if (served == store || std::filesystem::exists(served, error)) {
    store = served;
    return {};
  }
  TRY(find_model(served, store));
  options.models.only = served;
  return {};
}

}  // namespace tandem::app
