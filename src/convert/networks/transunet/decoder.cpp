// SPDX-License-Identifier: Apache-2.0
// The decoder of TransUNet: four doublings, each joined with a skip, and the segmentation head.
#include <fmt/format.h>

#include <array>

#include "convert/networks/transunet/parts.h"

namespace tandem::convert {
namespace {

/// Convolution 3x3, batch norm (folded), ReLU: torch modules path.0, path.1, path.2.
Result<Feature> conv_norm_relu(Build build, const Feature& input, const std::string& path, std::int64_t outputs) {
  const Feature x = TRY(conv2d(
      build, input, {.path = path + ".0", .outputs = outputs, .kernel = 3, .padding = 1, .batch_norm = path + ".1"}));
  return relu(build, x, path + ".2");
}

}  // namespace

Result<Feature> build_decoder(Build build, const TransUnetConfig& config, const std::string& tokens,
                              const std::vector<Feature>& skips) {
  Feature x = as_image(build, tokens, {"", config.hidden, config.grid, config.grid}, "decoder.image");
  x = TRY(conv_norm_relu(build, x, "decoder.conv_more", config.head_channels));
  for (std::size_t block = 0; block < config.decoder_channels.size(); ++block) {
    const std::string path = fmt::format("decoder.blocks.{}", block);
    x = resize(build, x,  // torch.nn.UpsamplingBilinear2d(2)
               {.path = path + ".up", .size = {2 * x.height, 2 * x.width}, .mode = Interpolation::kBilinearAligned});
    if (config.skip_channels[block] > 0) {
      if (block >= skips.size() || skips[block].channels != config.skip_channels[block]) {
        return invalid_argument(fmt::format("'{}' expects a skip of {} channels, which the ResNet does not give", path,
                                            config.skip_channels[block]));
      }
      x = TRY(concat(build, std::array{x, skips[block]}, path + ".join"));
    }
    x = TRY(conv_norm_relu(build, x, path + ".conv1", config.decoder_channels[block]));
    x = TRY(conv_norm_relu(build, x, path + ".conv2", config.decoder_channels[block]));
  }
  return conv2d(build, x,
                {.path = "segmentation_head.0", .outputs = config.classes, .kernel = 3, .padding = 1, .bias = true});
}

}  // namespace tandem::convert
