// SPDX-License-Identifier: Apache-2.0
// U-Net (Ronneberger et al., arXiv 1505.04597) under the two sets of names that most checkpoints have: milesial's
// Pytorch-UNet, and the brain segmentation network of the PyTorch hub.
#include <fmt/format.h>

#include <array>
#include <vector>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

struct UNetConfig {
  bool hub = false;  // else milesial's
  HeightWidth size = 256;
  double epsilon = 1e-5;
  std::int64_t image_channels = 3;
  std::int64_t width = 64;  // channels of the first level
  std::int64_t levels = 4;  // how often the size is halved
  bool transposed = true;   // up again by transposed convolutions, else bilinear
  std::int64_t classes = 1;
};

bool is_milesial(const Weights& weights) {
  return weights.has("inc.double_conv.0.weight") && weights.has("outc.conv.weight") &&
         weights.has("down1.maxpool_conv.1.double_conv.0.weight");
}
bool is_hub(const Weights& weights) {
  return weights.has("encoder1.enc1conv1.weight") && weights.has("bottleneck.bottleneckconv1.weight") &&
         weights.has("conv.weight");
}
bool is_unet(const Weights& weights) { return is_milesial(weights) || is_hub(weights); }

/// What the first and the last convolution are called.
std::string first_of(const UNetConfig& config) {
  return config.hub ? "encoder1.enc1conv1.weight" : "inc.double_conv.0.weight";
}
std::string last_of(const UNetConfig& config) { return config.hub ? "conv" : "outc.conv"; }

Result<UNetConfig> infer_unet(const Weights& weights, const ConvertOptions& options) {
  UNetConfig config;
  config.hub = is_hub(weights);
  config.epsilon = options.batch_norm_epsilon.value_or(config.epsilon);
  config.image_channels = TRY(weights.dim(first_of(config), 4, 1));
  config.width = TRY(weights.dim(first_of(config), 4, 0));
  config.classes = TRY(weights.dim(last_of(config) + ".weight", 4, 0));
  config.levels = 0;
  while (weights.has(config.hub ? fmt::format("encoder{0}.enc{0}conv1.weight", config.levels + 1)
                                : fmt::format("down{}.maxpool_conv.1.double_conv.0.weight", config.levels + 1))) {
    ++config.levels;
  }
  constexpr std::int64_t kMostLevels = 8;
  if (config.levels < 1 || config.levels > kMostLevels) {
    return invalid_argument(
        fmt::format("a U-Net that halves the size {} times: expected 1 to {}", config.levels, kMostLevels));
  }
  config.transposed = config.hub || weights.has("up1.up.weight");
  config.size = TRY(choose_image_size(options, {.published = 256, .least = std::int64_t{1} << config.levels}));
  return config;
}

Facts describe(const UNetConfig& config) {
  return {{"names", config.hub ? "brain segmentation (PyTorch hub)" : "milesial"},
          {"image", fmt::format("{}, {} channels", to_string(config.size), config.image_channels)},
          {"levels", fmt::format("{}, from {} channels", config.levels, config.width)},
          {"up again", config.transposed ? "transposed convolutions" : "bilinear"},
          {"output", config.hub ? "probabilities (sigmoid)" : "logits"},
          {"classes", fmt::format("{}", config.classes)},
          {"batch norm eps", fmt::format("{}", config.epsilon)}};
}

/// The tensors of one of the two 3x3 convolutions of a level.
struct Names {
  std::string conv;
  std::string norm;
};

Result<Feature> double_conv(Build build, const UNetConfig& config, Feature x, const std::array<Names, 2>& names) {
  for (const Names& name : names) {
    x = TRY(conv2d(build, x,
                   {.path = name.conv,
                    .kernel = 3,
                    .padding = 1,
                    .bias = build.weights.has(name.conv + ".bias"),
                    .batch_norm = name.norm,
                    .epsilon = config.epsilon}));
    x = relu(build, x, name.norm + ".relu");
  }
  return x;
}

/// milesial: convolution, norm, ReLU, convolution, norm, ReLU in one list.
std::array<Names, 2> listed(const std::string& path) {
  return {{{path + ".double_conv.0", path + ".double_conv.1"}, {path + ".double_conv.3", path + ".double_conv.4"}}};
}
/// The hub: decoder3.dec3conv1, decoder3.dec3norm1 ...
std::array<Names, 2> named(const std::string& path, const std::string& stem) {
  const auto pair = [&](int i) {
    return Names{fmt::format("{}.{}conv{}", path, stem, i), fmt::format("{}.{}norm{}", path, stem, i)};
  };
  return {pair(1), pair(2)};
}

/// The level `index` on the way down, 0 is the first; the one after the last pool is the bottom.
std::array<Names, 2> encoder_names(const UNetConfig& config, std::int64_t index) {
  if (!config.hub) return listed(index == 0 ? "inc" : fmt::format("down{}.maxpool_conv.1", index));
  if (index == config.levels) return named("bottleneck", "bottleneck");
  return named(fmt::format("encoder{}", index + 1), fmt::format("enc{}", index + 1));
}

/// The level that brings back the size of `index`; milesial counts them from the bottom.
std::string decoder_path(const UNetConfig& config, std::int64_t index) {
  return config.hub ? fmt::format("decoder{}", index + 1) : fmt::format("up{}", config.levels - index);
}
std::array<Names, 2> decoder_names(const UNetConfig& config, std::int64_t index) {
  const std::string path = decoder_path(config, index);
  return config.hub ? named(path, fmt::format("dec{}", index + 1)) : listed(path + ".conv");
}

/// Zeros around, so that it is as large as the skip, whose size was odd.
Feature padded(Build build, const Feature& input, const Feature& skip, const std::string& path) {
  const std::int64_t rows = skip.height - input.height;
  const std::int64_t columns = skip.width - input.width;
  if (rows == 0 && columns == 0) return input;
  const std::string pads =
      build.graph.integers(path + ".pads", {0, 0, rows / 2, columns / 2, 0, 0, rows - rows / 2, columns - columns / 2});
  return {build.graph.add("Pad", {input.value, pads}, path), input.channels, skip.height, skip.width};
}

Result<Feature> up(Build build, const UNetConfig& config, const Feature& input, std::int64_t index) {
  if (config.transposed) {
    const std::string path = config.hub ? fmt::format("upconv{}", index + 1) : decoder_path(config, index) + ".up";
    return conv_transpose2d(build, input, {.path = path});
  }
  return resize(build, input,
                {.path = decoder_path(config, index) + ".up",
                 .size = {2 * input.height, 2 * input.width},
                 .mode = Interpolation::kBilinearAligned});
}

Result<ImageAnswer> build_unet(Build build, const UNetConfig& config, const Feature& image) {
  std::vector<Feature> skips;
  Feature x = TRY(double_conv(build, config, image, encoder_names(config, 0)));
  for (std::int64_t level = 1; level <= config.levels; ++level) {
    skips.push_back(x);
    x = TRY(max_pool(build, x, {.path = fmt::format("pool{}", level)}));
    x = TRY(double_conv(build, config, x, encoder_names(config, level)));
  }
  for (std::int64_t level = config.levels - 1; level >= 0; --level) {
    const Feature& skip = skips[static_cast<std::size_t>(level)];
    const std::string path = decoder_path(config, level);
    x = padded(build, TRY(up(build, config, x, level)), skip, path + ".padded");
    x = TRY(concat(build, config.hub ? std::array{x, skip} : std::array{skip, x}, path + ".join"));
    x = TRY(double_conv(build, config, x, decoder_names(config, level)));
  }
  x = TRY(conv2d(build, x, {.path = last_of(config), .outputs = config.classes, .bias = true}));
  if (config.hub) x = activate(build, x, Activation::kSigmoid, "probabilities");
  return ImageAnswer{x.value, {config.classes, x.height, x.width}};
}

/// The size, without scaling: pixels from 0 to 1, as milesial's training has them; the hub's network wants each image
/// standardized by its own mean, which no fixed numbers are.
std::optional<ImageInput> image_input(const UNetConfig& config) {
  if (config.hub || config.image_channels != 3) return std::nullopt;
  return ImageInput{config.size.height};
}

}  // namespace

const Network kUNet = {
    .name = "U-Net",
    .arch = "unet",
    .matches = is_unet,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_unet(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const UNetConfig config = TRY(infer_unet(weights, options));
      return convert_image_network(
          weights, options,
          {"unet", "segmentation", describe(config), config.size, image_input(config), config.image_channels},
          [&](Build build, const Feature& image) { return build_unet(build, config, image); });
    },
};

}  // namespace tandem::convert
