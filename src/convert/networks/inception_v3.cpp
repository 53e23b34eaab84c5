// SPDX-License-Identifier: Apache-2.0
// Inception v3 (Szegedy et al., arXiv 1512.00567) with torchvision's names.
#include <fmt/format.h>

#include <array>
#include <initializer_list>
#include <vector>

#include "convert/layers.h"
#include "convert/networks/basic_conv.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

bool is_inception(const Weights& weights) {
  return weights.has("Conv2d_1a_3x3.conv.weight") && weights.has("Mixed_5b.branch1x1.conv.weight") &&
         weights.has("Mixed_7c.branch1x1.conv.weight") && weights.has("fc.weight");
}

Result<ClassifierConfig> infer_inception_v3(const Weights& weights, const ConvertOptions& options) {
  return infer_classifier(weights, options,
                          {.head = "fc.weight", .size = {.published = 299, .least = 75}, .epsilon = 1e-3});
}

/// Where a block is built.
struct InceptionBlock {
  Build build;
  double epsilon = 1e-3;
  std::string path;

  /// Convolutions one after the other that keep the size.
  Result<Feature> chain(Feature x, std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names) {
      x = TRY(basic_conv(build, x, {.path = fmt::format("{}.{}", path, name), .epsilon = epsilon}));
    }
    return x;
  }
  /// One that halves the size: 3x3 without padding.
  Result<Feature> halve(const Feature& x, std::string_view name) const {
    return basic_conv(build, x,
                      {.path = fmt::format("{}.{}", path, name), .stride = 2, .padded = false, .epsilon = epsilon});
  }
  Result<Feature> pooled_branch(const Feature& x) const {
    const Feature mean = TRY(average_pool(build, x, {.path = path + ".pool", .kernel = 3, .stride = 1, .padding = 1}));
    return chain(mean, {"branch_pool"});
  }
  Result<Feature> halved_by_pool(const Feature& x) const {
    return max_pool(build, x, {.path = path + ".pool", .kernel = 3, .stride = 2});
  }
};

Result<Feature> block_a(const InceptionBlock& block, const Feature& x) {
  const Feature single = TRY(block.chain(x, {"branch1x1"}));
  const Feature five = TRY(block.chain(x, {"branch5x5_1", "branch5x5_2"}));
  const Feature twice = TRY(block.chain(x, {"branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"}));
  const Feature pooled = TRY(block.pooled_branch(x));
  return concat(block.build, std::array{single, five, twice, pooled}, block.path);
}

Result<Feature> block_b(const InceptionBlock& block, const Feature& x) {
  const Feature single = TRY(block.halve(x, "branch3x3"));
  const Feature twice = TRY(block.halve(TRY(block.chain(x, {"branch3x3dbl_1", "branch3x3dbl_2"})), "branch3x3dbl_3"));
  const Feature pooled = TRY(block.halved_by_pool(x));
  return concat(block.build, std::array{single, twice, pooled}, block.path);
}

Result<Feature> block_c(const InceptionBlock& block, const Feature& x) {
  const Feature single = TRY(block.chain(x, {"branch1x1"}));
  const Feature seven = TRY(block.chain(x, {"branch7x7_1", "branch7x7_2", "branch7x7_3"}));
  const Feature twice =
      TRY(block.chain(x, {"branch7x7dbl_1", "branch7x7dbl_2", "branch7x7dbl_3", "branch7x7dbl_4", "branch7x7dbl_5"}));
  const Feature pooled = TRY(block.pooled_branch(x));
  return concat(block.build, std::array{single, seven, twice, pooled}, block.path);
}

Result<Feature> block_d(const InceptionBlock& block, const Feature& x) {
  const Feature three = TRY(block.halve(TRY(block.chain(x, {"branch3x3_1"})), "branch3x3_2"));
  const Feature seven = TRY(block.chain(x, {"branch7x7x3_1", "branch7x7x3_2", "branch7x7x3_3"}));
  const Feature both = TRY(block.halve(seven, "branch7x7x3_4"));
  const Feature pooled = TRY(block.halved_by_pool(x));
  return concat(block.build, std::array{three, both, pooled}, block.path);
}

/// 1x3 and 3x1 side by side.
Result<Feature> spread(const InceptionBlock& block, const Feature& x, std::string_view name) {
  const std::string stem(name);
  const Feature wide = TRY(block.chain(x, {stem + "a"}));
  const Feature tall = TRY(block.chain(x, {stem + "b"}));
  return concat(block.build, std::array{wide, tall}, fmt::format("{}.{}", block.path, name));
}

Result<Feature> block_e(const InceptionBlock& block, const Feature& x) {
  const Feature single = TRY(block.chain(x, {"branch1x1"}));
  const Feature three = TRY(spread(block, TRY(block.chain(x, {"branch3x3_1"})), "branch3x3_2"));
  const Feature twice = TRY(spread(block, TRY(block.chain(x, {"branch3x3dbl_1", "branch3x3dbl_2"})), "branch3x3dbl_3"));
  const Feature pooled = TRY(block.pooled_branch(x));
  return concat(block.build, std::array{single, three, twice, pooled}, block.path);
}

/// Seven convolutions and pools before the blocks; some have no padding.
Result<Feature> build_stem(Build build, const ClassifierConfig& config, const Feature& image) {
  const auto conv = [&](const Feature& x, const char* path, std::int64_t stride, bool padded) {
    return basic_conv(build, x, {.path = path, .stride = stride, .padded = padded, .epsilon = config.epsilon});
  };
  Feature x = TRY(conv(image, "Conv2d_1a_3x3", 2, false));
  x = TRY(conv(x, "Conv2d_2a_3x3", 1, false));
  x = TRY(conv(x, "Conv2d_2b_3x3", 1, true));
  x = TRY(max_pool(build, x, {.path = "maxpool1", .kernel = 3, .stride = 2}));
  x = TRY(conv(x, "Conv2d_3b_1x1", 1, true));
  x = TRY(conv(x, "Conv2d_4a_3x3", 1, false));
  return max_pool(build, x, {.path = "maxpool2", .kernel = 3, .stride = 2});
}

struct NamedBlock {
  const char* path;
  Result<Feature> (*build)(const InceptionBlock& block, const Feature& x);
};
constexpr std::array<NamedBlock, 11> kBlocks = {{{"Mixed_5b", block_a},
                                                 {"Mixed_5c", block_a},
                                                 {"Mixed_5d", block_a},
                                                 {"Mixed_6a", block_b},
                                                 {"Mixed_6b", block_c},
                                                 {"Mixed_6c", block_c},
                                                 {"Mixed_6d", block_c},
                                                 {"Mixed_6e", block_c},
                                                 {"Mixed_7a", block_d},
                                                 {"Mixed_7b", block_e},
                                                 {"Mixed_7c", block_e}}};

Result<ImageAnswer> build_inception(Build build, const ClassifierConfig& config, const Feature& image) {
  build.weights.leave("AuxLogits.");
  Feature x = TRY(build_stem(build, config, image));
  for (const NamedBlock& block : kBlocks) x = TRY(block.build({build, config.epsilon, block.path}, x));
  return pooled_classifier(build, x, "fc");
}

}  // namespace

const Network kInceptionV3 = {
    .name = "Inception v3",
    .arch = "inception_v3",
    .matches = is_inception,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_inception_v3(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const ClassifierConfig config = TRY(infer_inception_v3(weights, options));
      return convert_image_network(
          weights, options, {"inception_v3", "classification", describe(config), config.size, half_input(299)},
          [&](Build build, const Feature& image) { return build_inception(build, config, image); });
    },
};

}  // namespace tandem::convert
