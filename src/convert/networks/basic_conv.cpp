// SPDX-License-Identifier: Apache-2.0
// One convolution, its batch norm folded in.
#include "convert/networks/basic_conv.h"

#include "convert/layers.h"

namespace tandem::convert {

Result<Feature> basic_conv(Build build, const Feature& input, const BasicConv& layer) {
  const std::string weight = layer.path + ".conv.weight";
  const std::int64_t height = TRY(build.weights.dim(weight, 4, 2));
  const std::int64_t width = TRY(build.weights.dim(weight, 4, 3));
  const HeightWidth kernel{height, width};
  const HeightWidth half{(kernel.height - 1) / 2, (kernel.width - 1) / 2};
  const Feature x = TRY(conv2d(build, input,
                               {.path = layer.path + ".conv",
                                .kernel = kernel,
                                .stride = layer.stride,
                                .padding = layer.padded ? half : HeightWidth(0),
                                .batch_norm = layer.path + ".bn",
                                .epsilon = layer.epsilon}));
  return relu(build, x, layer.path + ".relu");
}

ImageInput half_input(std::int64_t size) { return {size, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}}; }

}  // namespace tandem::convert
