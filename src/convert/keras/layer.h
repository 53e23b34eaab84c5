// SPDX-License-Identifier: Apache-2.0
// Layer: one call of a Keras layer, and the table of the functions that build them; one line a class.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/keras/layer_weights.h"
#include "convert/keras/layout_graph.h"
#include "convert/keras/model_config.h"

namespace tandem::convert::keras {

struct LayerCall {
  LayoutGraph& graph;
  const LayerConfig& layer;
  const Call& call;
  LayerWeights weights;
  std::vector<Value> inputs;  // at least one
  std::string path;           // where in the model: "encoder/conv2d"
  int depth = 0;              // of models in models

  const ConfigValue& settings() const { return *layer.settings; }
  const Value& input() const { return inputs.front(); }
  GraphBuilder& builder() const { return graph.builder(); }
};

/// The outputs of the call. Errors: invalid_argument (settings or weights that do not fit), unimplemented (a setting
/// that is not known); the caller adds the layer's name.
using BuildLayer = Result<std::vector<Value>> (*)(LayerCall& call);

struct LayerClass {
  std::string_view name;
  BuildLayer build;
  bool computes = true;  // then its input is made float32
};

/// Null when the class is not known.
const LayerClass* find_layer_class(const LayerConfig& layer);

/// Builds one call, of a layer or of a model inside the model; errors bear the layer's name.
Result<std::vector<Value>> build_layer(LayerCall call);

/// `count` inputs at least, which must be known as Keras' axes of `rank`; 0 is any rank.
Status expect_inputs(const LayerCall& call, std::size_t count, std::size_t rank = 0);

/// One value as the list that build functions return.
std::vector<Value> only(Value value);

// activation.cpp
/// A function by Keras' name or as an object; null or "linear" is the value itself.
Result<Value> activation(LayoutGraph& graph, const Value& value, const ConfigValue& setting, const std::string& path);
std::span<const LayerClass> activation_layers();
// In files of these names.
std::span<const LayerClass> dense_layers();
std::span<const LayerClass> convolution_layers();
std::span<const LayerClass> pooling_layers();
std::span<const LayerClass> normalization_layers();
std::span<const LayerClass> merge_layers();
std::span<const LayerClass> reshape_layers();
std::span<const LayerClass> image_layers();
std::span<const LayerClass> recurrent_layers();
std::span<const LayerClass> attention_layers();

}  // namespace tandem::convert::keras
