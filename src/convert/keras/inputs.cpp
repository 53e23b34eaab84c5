// SPDX-License-Identifier: Apache-2.0
// What a model takes: Keras 3 says batch_shape, Keras 2 batch_input_shape, and a Sequential may only say it when built.
#include <fmt/format.h>

#include "convert/keras/network.h"

namespace tandem::convert::keras {
namespace {

constexpr std::size_t kMaxRank = 8;

/// [null, 224, 224, 3]
Result<Dims> read_shape(const ConfigValue& shape) {
  Dims dims;
  const ConfigValue::List* list = shape.list();
  if (list == nullptr)
    return invalid_argument(fmt::format("an input's shape is {}: expected a list", shape.describe()));
  for (const ConfigValue& size : *list) {
    const std::int64_t* whole = size.whole();
    const bool fits = size.is_null() || (whole != nullptr && *whole > 0 && *whole <= (std::int64_t{1} << 31));
    if (!fits) return invalid_argument(fmt::format("a size of an input is {}", size.describe()));
    dims.push_back(size.is_null() ? -1 : *whole);
  }
  if (dims.empty() || dims.size() > kMaxRank) return invalid_argument("an input has no axes, or more than 8");
  return dims;
}

/// The type of the values; a policy ("mixed_float16") says how layers compute, and inputs are float32 then.
DType read_dtype(const ConfigValue& setting) {
  const std::string* name = setting.string();
  const auto dtype = name == nullptr ? std::nullopt : parse_dtype(*name);
  return dtype.value_or(DType::kFloat32);
}

}  // namespace

bool is_input(const LayerConfig& layer) { return layer.class_name == "InputLayer" && !layer.custom; }

Result<InputSettings> read_input(const LayerConfig& layer) {
  InputSettings input;
  input.name = layer.name;
  const ConfigValue& settings = *layer.settings;
  const std::string_view key = settings.has("batch_shape") ? "batch_shape" : "batch_input_shape";
  if (!settings.has(key)) {
    return invalid_argument(
        fmt::format("the layer '{}' does not say the shape of the model's input: call the model on "
                    "data (or model.build) before saving it",
                    layer.name));
  }
  input.dims = TRY(read_shape(settings.at(key)));
  if (is_input(layer) || settings.at("dtype").string() != nullptr) input.dtype = read_dtype(settings.at("dtype"));
  return input;
}

Result<std::vector<InputSettings>> read_inputs(const LayerConfig& model) {
  const ModelConfig config = TRY(read_model_config(model));
  std::vector<InputSettings> inputs;
  if (!config.sequential) {
    for (const ValueRef& reference : config.inputs) {
      const auto found = std::ranges::find(config.layers, reference.layer, &LayerConfig::name);
      if (found == config.layers.end()) {
        return invalid_argument(fmt::format("the input '{}' is no layer of the model", reference.layer));
      }
      inputs.push_back(TRY(read_input(*found)));
    }
    return inputs;
  }
  if (config.layers.empty()) return invalid_argument("the model has no layers");
  const LayerConfig& first = config.layers.front();
  const ConfigValue& built = model.settings->at("build_input_shape");
  const bool says_shape = first.settings->has("batch_shape") || first.settings->has("batch_input_shape");
  if (!says_shape && !built.is_null()) {
    auto shape = TRY(read_shape(built));
    inputs.push_back({"input", std::move(shape), DType::kFloat32});
  } else if (!says_shape && is_model(first)) {
    return read_inputs(first);
  } else {
    inputs.push_back(TRY(read_input(first)));
  }
  return inputs;
}

}  // namespace tandem::convert::keras
