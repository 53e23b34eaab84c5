// SPDX-License-Identifier: Apache-2.0
// Inputs and output memory against the model.
#include "engine/run_checks.h"

#include <fmt/format.h>

#include <string_view>

namespace tandem {
namespace {

std::string list_names(const std::vector<TensorSpec>& specs) {
  std::string names;
  for (const auto& spec : specs) names += (names.empty() ? "" : ", ") + spec.name;
  return names.empty() ? "none" : names;
}

Status check_count(std::string_view what, const std::vector<TensorSpec>& specs, std::size_t got) {
  if (specs.size() == got) return {};
  return invalid_argument(fmt::format("expected {} {}s ({}), got {}", specs.size(), what, list_names(specs), got));
}

Error about(std::string_view what, Error error) {
  error.message = fmt::format("{} {}", what, error.message);
  return error;
}

}  // namespace

Status check_runnable(const ModelInfo& info) {
  for (const auto* specs : {&info.inputs, &info.outputs}) {
    for (const auto& spec : *specs) {
      if (spec.dtype != DType::kUndefined) continue;
      return fail(
          Code::kUnimplemented,
          fmt::format(
              "{} '{}' is no tensor but a sequence, a map or an optional, or of an element type that Tandem does "
              "not know; only tensors can be fed and returned",
              specs == &info.inputs ? "input" : "output", spec.name));
    }
  }
  return {};
}

Status check_run(const ModelInfo& info, std::span<const Tensor> inputs, std::span<const Tensor> outputs) {
  TRY(check_count("input", info.inputs, inputs.size()));
  TRY(check_count("output", info.outputs, outputs.size()));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].empty() && info.inputs[i].optional) continue;
    if (Status matches = check_matches(info.inputs[i], inputs[i]); !matches) {
      return fail(about("input", matches.error()));
    }
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].empty()) continue;
    if (Status matches = check_matches(info.outputs[i], outputs[i]); !matches) {
      return fail(about("memory for output", matches.error()));
    }
    if (!outputs[i].writable() && outputs[i].element_count() > 0) {
      return invalid_argument(fmt::format("memory for output '{}': is read-only", info.outputs[i].name));
    }
  }
  return {};
}

}  // namespace tandem
