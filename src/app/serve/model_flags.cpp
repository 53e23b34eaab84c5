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
namespace {

/// It stands in URLs, labels of metrics and logs. "": none was given.
Status check_model_name(const std::string& name) {
  constexpr std::size_t kMaxBytes = 200;
  constexpr const char* kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  if (name.size() <= kMaxBytes && name.find_first_not_of(kAllowed) == std::string::npos) return {};
  return invalid_argument("--model-name: expected up to 200 letters, digits, '_', '-' and '.', got '" +
                          name.substr(0, kMaxBytes) + "'");
}

}  // namespace

void ModelFlags::add_to(CLI::App& verb) {
  verb.add_option("source", served,
                  "A model store, one model file, a folder of one model (with --model-name), or a name in --store")
      ->capture_default_str()
      ->type_name("STORE|FILE|FOLDER|NAME");
  verb.add_option("--store", store, "The store in which a name is looked up")->capture_default_str();
  verb.add_option("--model-name", model_name,
                  "The name of the one model of a file or a folder that is no store; a store's models keep theirs")
      ->type_name("NAME");
  verb.add_option("--default-model", default_model, "The model of /inference when the caller names none");
  session.add_to(verb);
  verb.add_option("--instances", instances, "Runs of a model at the same time; 0: measured (docs/scheduling.md)")
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
  plans.add_to(verb);
}

Status ModelFlags::apply_to(serve::ServerOptions& options) {
  TRY(check_model_name(model_name));
  options.models.names.alone = model_name;
  options.default_model = default_model;
  options.models.load.engine = session.engine;
  options.models.load.session = TRY(session.options());
  options.models.load.instances = instances;
  options.models.load.wishes = plans.wishes(session);
  options.models.load.cores = std::make_shared<CoreTokens>(cpu_budget().cores);
  std::error_code error;
  if (served == store || std::filesystem::exists(served, error)) {
    store = served;
    return {};
  }
  TRY(find_model(served, store));
  options.models.names.only = served;
  return {};
}

}  // namespace tandem::app
