// SPDX-License-Identifier: Apache-2.0
// Network: a model's layers put together, in the order in which their inputs become known.
#pragma once

#include <vector>

#include "base/error.h"
#include "convert/keras/layer.h"

namespace tandem::convert::keras {

/// A model called like a layer: inputs in the order of its input layers. Errors: those of its layers; invalid_argument
/// for connections that lead nowhere or in circles, resource_exhausted for models nested deeper than 16.
Result<std::vector<Value>> build_model(LayerCall& call);

/// The layers, of nested models too, that cannot be converted, as "name (Class)", each with its reason.
/// Errors: invalid_argument (a configuration that is damaged).
Result<std::vector<std::string>> find_unknown_layers(const LayerConfig& model, int depth = 0);

/// What an input layer says: null where the layer is none.
struct InputSettings {
  std::string name;
  Dims dims;  // the batch first
  DType dtype = DType::kFloat32;
};
/// Of an InputLayer, or of the first layer of a Sequential model, which may say it. Errors: invalid_argument.
Result<InputSettings> read_input(const LayerConfig& layer);
/// Whether the layer only names an input.
bool is_input(const LayerConfig& layer);

/// The inputs of a whole model, in their order. Errors: invalid_argument (a shape is not said anywhere).
Result<std::vector<InputSettings>> read_inputs(const LayerConfig& model);

}  // namespace tandem::convert::keras
