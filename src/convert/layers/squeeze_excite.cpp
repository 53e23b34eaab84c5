// SPDX-License-Identifier: Apache-2.0
// The gate is one number a channel.
#include "convert/layers/squeeze_excite.h"

#include "convert/layers/convolution.h"
#include "convert/layers/pool.h"

namespace tandem::convert {

Result<Feature> squeeze_excite(Build build, const Feature& input, const SqueezeExciteLayer& layer) {
  Feature x = global_average_pool(build, input, layer.path + ".pool");
  x = TRY(conv2d(build, x, {.path = layer.path + "." + layer.reduce, .bias = true}));
  x = activate(build, x, layer.inner, layer.path + ".inner");
  x = TRY(conv2d(build, x, {.path = layer.path + "." + layer.expand, .outputs = input.channels, .bias = true}));
  x = activate(build, x, layer.gate, layer.path + ".gate");
  return input.with(build.graph.add("Mul", {input.value, x.value}, layer.path));
}

}  // namespace tandem::convert
