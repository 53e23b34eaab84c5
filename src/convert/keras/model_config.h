// SPDX-License-Identifier: Apache-2.0
// ModelConfig: the layers of a Keras model and which value goes where, in one form for Keras 2 and 3.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "convert/keras/config_value.h"

namespace tandem::convert::keras {

/// An output of a layer: of which of its calls, and which one.
struct ValueRef {
  std::string layer;
  std::int64_t call = 0;
  std::int64_t output = 0;
  friend auto operator<=>(const ValueRef&, const ValueRef&) = default;
};

/// A layer applied once. A shared layer has several.
struct Call {
  std::vector<ValueRef> inputs;
  std::vector<std::string> roles;           // parallel: "0", "1" for positions, else the argument's name
  const ConfigValue* positional = nullptr;  // arguments as they stand in the file; null in Keras 2
  const ConfigValue* named = nullptr;       // may be null
};

/// Borrows from the configuration's tree.
struct LayerConfig {
  std::string class_name;
  std::string name;
  bool custom = false;     // a class of the user's own, whose code the file does not hold
  bool operation = false;  // an operation on values (keras.ops), no layer
  const ConfigValue* settings = nullptr;
  std::vector<Call> calls;
};

struct ModelConfig {
  std::string name;
  bool sequential = false;  // then the layers follow one another, and calls, inputs and outputs are empty
  std::vector<LayerConfig> layers;
  std::vector<ValueRef> inputs;
  std::vector<ValueRef> outputs;
};

/// {class_name, config} of a layer, as it stands in a model or a wrapper. Errors: invalid_argument.
Result<LayerConfig> read_layer_config(const ConfigValue& layer);

/// Whether the class is a model with layers of its own.
bool is_model(const LayerConfig& layer);

/// Of a layer for which is_model holds. Errors: invalid_argument.
Result<ModelConfig> read_model_config(const LayerConfig& model);

}  // namespace tandem::convert::keras
