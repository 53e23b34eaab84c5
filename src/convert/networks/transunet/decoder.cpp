// SPDX-License-Identifier: Apache-2.0
// The decoder of TransUNet: four doublings, each joined with a skip, and the segmentation head.
#include <fmt/format.h>

#include "convert/networks/transunet/parts.h"

namespace tandem::convert {
namespace {

/// Convolution 3x3, batch norm (folded), ReLU: torch modules path.0, path.1, path.2.
Result<Feature> conv_norm_relu(Build build, const Feature& input, const std::string& path, std::int64_t outputs) {
  const Feature x = TRY(conv2d(
      build, input, {.path = path + ".0", .outputs = outputs, .kernel = 3, .padding = 1, .batch_norm = path + ".1"}));
  return relu(build, x, path + ".2");
}

/// torch.nn.UpsamplingBilinear2d(2): corners aligned.
Feature upsample(Build build, const Feature& input, const std::string& path) {
  Feature output{"", input.channels, 2 * input.height, 2 * input.width};
  const std::vector<float> factors = {1, 1, 2, 2};
  const std::string scales = build.graph.weight(path + ".scales", Tensor::from<float>({4}, factors).value());
  output.value = build.graph.add(
      "Resize", {input.value, "", scales}, path,
      attributes("mode", std::string("linear"), "coordinate_transformation_mode", std::string("align_corners")));
  return output;
}

Result<Feature> join(Build build, const Feature& x, const Feature& skip, const std::string& path) {
  if (skip.height != x.height || skip.width != x.width) {
    return invalid_argument(
        fmt::format("'{}' joins {} x {} with a skip of {} x {}", path, x.height, x.width, skip.height, skip.width));
  }
  Feature output{"", x.channels + skip.channels, x.height, x.width};
  output.value = build.graph.add("Concat", {x.value, skip.value}, path, attributes("axis", std::int64_t{1}));
  return output;
}

}  // namespace

Result<Feature> build_decoder(Build build, const TransUnetConfig& config, const std::string& tokens,
                              const std::vector<Feature>& skips) {
  GraphBuilder& graph = build.graph;
  const std::string columns =
      graph.add("Transpose", {tokens}, "decoder.columns", attributes("perm", std::vector<std::int64_t>{0, 2, 1}));
  Feature x{"", config.hidden, config.grid, config.grid};
  x.value = graph.add("Reshape",
                      {columns, graph.integers("decoder.image_shape", {0, config.hidden, config.grid, config.grid})},
                      "decoder.image");
  x = TRY(conv_norm_relu(build, x, "decoder.conv_more", config.head_channels));
  for (std::size_t block = 0; block < config.decoder_channels.size(); ++block) {
    const std::string path = fmt::format("decoder.blocks.{}", block);
    x = upsample(build, x, path + ".up");
    if (config.skip_channels[block] > 0) {
      if (block >= skips.size() || skips[block].channels != config.skip_channels[block]) {
        return invalid_argument(fmt::format("'{}' expects a skip of {} channels, which the ResNet does not give", path,
                                            config.skip_channels[block]));
      }
      x = TRY(join(build, x, skips[block], path + ".join"));
    }
    x = TRY(conv_norm_relu(build, x, path + ".conv1", config.decoder_channels[block]));
    x = TRY(conv_norm_relu(build, x, path + ".conv2", config.decoder_channels[block]));
  }
  return conv2d(build, x,
                {.path = "segmentation_head.0", .outputs = config.classes, .kernel = 3, .padding = 1, .bias = true});
}

}  // namespace tandem::convert
