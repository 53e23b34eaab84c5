// SPDX-License-Identifier: Apache-2.0
// The table of all classes: one list a file.
#include "convert/keras/layer.h"

#include <fmt/format.h>

#include <array>

#include "convert/keras/network.h"

namespace tandem::convert::keras {
namespace {

Result<std::vector<Value>> build(LayerCall& call) {
  if (is_model(call.layer)) return build_model(call);
  const LayerClass* known = find_layer_class(call.layer);
  if (known == nullptr) return fail(Code::kUnimplemented, "the class is not known");
  if (call.inputs.empty()) return invalid_argument("the layer has no input");
  if (known->computes) {
    for (Value& value : call.inputs) value = call.graph.as_float(value, call.path);
  }
  TRY(call.graph.charge_calls(1));
  std::vector<Value> outputs = TRY(known->build(call));
  TRY(call.graph.check_constants());
  return outputs;
}

}  // namespace

const LayerClass* find_layer_class(const LayerConfig& layer) {
  if (layer.custom) return nullptr;
  const std::string name = layer.operation ? "ops." + layer.class_name : layer.class_name;
  const std::array<std::span<const LayerClass>, 10> tables = {
      activation_layers(), dense_layers(),   convolution_layers(), pooling_layers(),   normalization_layers(),
      merge_layers(),      reshape_layers(), image_layers(),       recurrent_layers(), attention_layers()};
  for (const auto& table : tables) {
    for (const LayerClass& known : table) {
      if (known.name == name) return &known;
    }
  }
  return nullptr;
}

Result<std::vector<Value>> build_layer(LayerCall call) {
  auto outputs = build(call);
  if (!outputs && !is_model(call.layer)) {
    return fail(outputs.error().with_context(fmt::format("layer '{}' ({})", call.path, call.layer.class_name)));
  }
  return outputs;
}

Status expect_inputs(const LayerCall& call, std::size_t count, std::size_t rank) {
  if (call.inputs.size() < count) {
    return invalid_argument(fmt::format("{} inputs: expected {}", call.inputs.size(), count));
  }
  for (const Value& value : call.inputs) {
    if (value.rank() < 2)
      return invalid_argument("an input without any axis but the batch: expected at least one more");
  }
  if (rank == 0 || call.input().rank() == rank) return {};
  return invalid_argument(
      fmt::format("the input has {} dimensions with the batch: expected {}", call.input().rank(), rank));
}

std::vector<Value> only(Value value) {
  std::vector<Value> values;
  values.push_back(std::move(value));
  return values;
}

}  // namespace tandem::convert::keras
