// SPDX-License-Identifier: Apache-2.0
// Normalizations as single nodes of ONNX.
#include "convert/layers/norm.h"

#include "convert/layers/join.h"

namespace tandem::convert {

Result<Feature> batch_norm(Build build, const Feature& input, const NormLayer& layer) {
  std::vector<std::string> inputs = {input.value};
  for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
    Tensor values = TRY(build.weights.take(layer.path + part, {input.channels}));
    inputs.push_back(build.graph.weight(layer.path + part, std::move(values)));
  }
  return input.with(build.graph.add("BatchNormalization", std::move(inputs), layer.path,
                                    attributes("epsilon", static_cast<float>(layer.epsilon))));
}

Result<std::string> layer_norm(Build build, const std::string& input, const NormLayer& layer, std::int64_t channels) {
  Tensor scale = TRY(build.weights.take(layer.path + ".weight", {channels}));
  Tensor shift = TRY(build.weights.take(layer.path + ".bias", {channels}));
  return build.graph.add("LayerNormalization",
                         {input, build.graph.weight(layer.path + ".weight", std::move(scale)),
                          build.graph.weight(layer.path + ".bias", std::move(shift))},
                         layer.path,
                         attributes("axis", std::int64_t{-1}, "epsilon", static_cast<float>(layer.epsilon)));
}

Result<Feature> layer_norm2d(Build build, const Feature& input, const NormLayer& layer) {
  const std::string last = transpose(build, input.value, {0, 2, 3, 1}, layer.path + ".channels_last");
  const std::string normal = TRY(layer_norm(build, last, layer, input.channels));
  return input.with(transpose(build, normal, {0, 3, 1, 2}, layer.path + ".channels_first"));
}

}  // namespace tandem::convert
