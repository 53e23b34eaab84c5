// SPDX-License-Identifier: Apache-2.0
// The keys of schema 1; docs/formats/ensemble.md says what each means.
#include "ensemble/ensemble_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/config_reader.h"

namespace tandem {
namespace {

constexpr std::size_t kMaxSteps = 64;
constexpr std::size_t kMaxValues = 256;  // of one list

Status check_count(const ConfigValue& value, std::size_t count, std::size_t most) {
  if (count > 0 && count <= most) return {};
  return invalid_argument(fmt::format("{}: expected 1 to {} entries, got {}", value.path, most, count));
}

/// A list of names, each once.
Result<std::vector<std::string>> read_names(const ConfigValue& value) {
  const auto items = TRY(value.list());
  TRY(check_count(value, items.size(), kMaxValues));
  std::vector<std::string> names;
  for (const ConfigValue& item : items) {
    std::string name = TRY(item.text());
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return invalid_argument(fmt::format("{}: '{}' stands twice", item.path, name));
    }
    names.push_back(std::move(name));
  }
  return names;
}

/// A mapping from the model's names to values of the ensemble.
Result<std::vector<std::pair<std::string, std::string>>> read_wiring(const ConfigValue& value) {
  if (value.node->kind != ConfigNode::Kind::kMapping) {
    return value.wrong("a mapping from the model's names to names of values");
  }
  TRY(check_count(value, value.node->keys.size(), kMaxValues));
  std::vector<std::pair<std::string, std::string>> wiring;
  for (std::size_t i = 0; i < value.node->keys.size(); ++i) {
    const std::string& key = value.node->keys[i];
    const ConfigValue item{&value.node->items[i], fmt::format("{}.{}", value.path, key)};
    std::string name = TRY(item.text());
    wiring.emplace_back(key, std::move(name));
  }
  return wiring;
}

/// The file is looked for beside the ensemble's, and nowhere else.
Result<std::string> read_model_name(const ConfigValue& value) {
  std::string name = TRY(value.text());
  if (name.find_first_of("/\\") != std::string::npos || name.starts_with('.')) {
    return value.wrong("the name of a model beside this file, without a folder and without an ending");
  }
  return name;
}

Result<EnsembleStep> read_step(const ConfigValue& value) {
  const ConfigMapping mapping = TRY(ConfigMapping::open(value, {"model", "engine", "inputs", "outputs"}));
  const ConfigValue model = TRY(mapping.required("model"));
  const ConfigValue inputs = TRY(mapping.required("inputs"));
  const ConfigValue outputs = TRY(mapping.required("outputs"));
  EnsembleStep step;
  step.model = TRY(read_model_name(model));
  if (const auto engine = mapping.find("engine")) step.engine = TRY(engine->identifier());
  step.inputs = TRY(read_wiring(inputs));
  step.outputs = TRY(read_wiring(outputs));
  return step;
}

}  // namespace

Result<EnsembleConfig> parse_ensemble_config(std::string_view yaml) {
  const ConfigNode root = TRY(parse_config_tree(yaml));
  const ConfigMapping mapping = TRY(ConfigMapping::open({&root, ""}, {"schema", "inputs", "outputs", "steps"}));
  const ConfigValue schema = TRY(mapping.required("schema"));
  TRY(schema.integer(1, 1));
  const ConfigValue inputs = TRY(mapping.required("inputs"));
  const ConfigValue outputs = TRY(mapping.required("outputs"));
  const ConfigValue steps = TRY(mapping.required("steps"));
  EnsembleConfig config;
  config.inputs = TRY(read_names(inputs));
  config.outputs = TRY(read_names(outputs));
  const auto items = TRY(steps.list());
  TRY(check_count(steps, items.size(), kMaxSteps));
  for (const ConfigValue& item : items) config.steps.push_back(TRY(read_step(item)));
  return config;
}

}  // namespace tandem
