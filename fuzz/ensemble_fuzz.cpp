// SPDX-License-Identifier: Apache-2.0
// Any text as a .ensemble file over models of known inputs and outputs: no crash, and a plan runs every step once,
// after those whose values it takes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "ensemble/ensemble_config.h"
#include "ensemble/ensemble_plan.h"

namespace {

using tandem::Dim;

/// Two inputs, of which one may be left out, and two outputs.
tandem::ModelInfo make_model() {
  const auto spec = [](const char* name, std::vector<Dim> dims, bool optional) {
    return tandem::TensorSpec{name, tandem::DType::kFloat32, {std::move(dims), false}, optional};
  };
  tandem::ModelInfo info;
  info.inputs = {spec("x", {Dim::symbol("n"), Dim::fixed(2)}, false), spec("z", {Dim::symbol("n")}, true)};
  info.outputs = {spec("y", {Dim::symbol("n"), Dim::fixed(2)}, false), spec("w", {Dim::symbol("m")}, false)};
  return info;
}

void check(const tandem::EnsemblePlan& plan, std::size_t input_count) {
  std::vector<bool> known(plan.value_count);
  for (std::size_t i = 0; i < input_count; ++i) known[i] = true;
  for (const auto& step : plan.steps) {
    for (const auto& value : step.inputs) {
      if (value && !known.at(*value)) std::abort();
    }
    for (const auto& value : step.outputs) {
      if (value) known.at(*value) = true;
    }
    for (const std::size_t value : step.last_uses) known.at(value) = false;
  }
  for (const std::size_t value : plan.outputs) {
    if (!known.at(value)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = tandem::parse_ensemble_config({reinterpret_cast<const char*>(data), size});
  if (!config) return 0;
  const std::vector<tandem::ModelInfo> models(config->steps.size(), make_model());
  const auto plan = tandem::plan_ensemble(*config, models);
  if (!plan) return 0;
  if (plan->steps.size() != models.size()) std::abort();
  check(*plan, config->inputs.size());
  return 0;
}
