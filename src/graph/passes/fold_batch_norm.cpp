// SPDX-License-Identifier: Apache-2.0
// A BatchNormalization behind Conv, ConvTranspose or Gemm becomes part of its weights:
// W' = W * g / sqrt(v + eps) and b' = (b - m) * g / sqrt(v + eps) + beta, a factor an output channel. Only where the
// weights are float32 constants and nothing but the normalization uses the product.
#include <cmath>
#include <optional>
#include <vector>

#include "graph/passes/pass.h"
#include "graph/patch.h"

namespace tandem::graph {
namespace {

constexpr float kDefaultEpsilon = 1e-5F;  // of ONNX's BatchNormalization

/// Where the output channels lie in a weight: `channels` groups of `inner` elements, `outer` times over.
struct ChannelLayout {
  std::size_t outer = 1;
  std::size_t channels = 0;
  std::size_t inner = 1;
  bool grouped = false;  // each of the `outer` blocks is of other channels: ConvTranspose with groups
  std::size_t blocks_a_group = 1;

  std::size_t channel(std::size_t block, std::size_t index) const {
    return grouped ? block / blocks_a_group * channels + index : index;
  }
};

class BatchNormFolder final {
 public:
  explicit BatchNormFolder(Graph& graph) : patch_(graph) {}

  Result<std::size_t> run() {
    std::size_t folded = 0;
    for (std::size_t i = 0; i < patch_.node_count(); ++i) {
      const std::size_t product = patch_.node(i).is("BatchNormalization") ? product_before(i) : Patch::npos;
      if (product == Patch::npos) continue;
      TRY(fold(product, i));
      ++folded;
    }
    if (folded > 0) patch_.apply();
    return folded;
  }

 private:
  /// The operator that can take the normalization in; npos when there is none.
  std::size_t product_before(std::size_t index) const {
    const Node& norm = patch_.node(index);
    const bool training =
        norm.integer("training_mode", 0) != 0 || norm.integer("spatial", 1) == 0 || norm.outputs.size() != 1;
    if (training || norm.inputs.size() != 5 || !patch_.is_used_once(norm.inputs[0])) return Patch::npos;
    const std::size_t maker = patch_.maker(norm.inputs[0]);
    if (maker == Patch::npos) return Patch::npos;
    const Node& product = patch_.node(maker);
    const auto layout = layout_of(product);
    if (!layout) return Patch::npos;
    const auto channels =
        static_cast<std::int64_t>(layout->grouped ? layout->channels * groups(product) : layout->channels);
    if (has_bias(product) && !is_float(product.inputs[2], channels)) return Patch::npos;
    for (std::size_t k = 1; k < 5; ++k) {
      if (!is_float(norm.inputs[k], channels)) return Patch::npos;
    }
    return maker;
  }

  static std::size_t groups(const Node& node) { return static_cast<std::size_t>(node.integer("group", 1)); }
  static bool has_bias(const Node& node) { return node.inputs.size() > 2 && !node.inputs[2].empty(); }

  std::optional<ChannelLayout> layout_of(const Node& node) const {
    if (node.inputs.size() < 2 || !is_float(node.inputs[1])) return std::nullopt;
    const Tensor& weight = patch_.weight(node.inputs[1])->tensor;
    const Shape& shape = weight.shape();
    if (weight.element_count() == 0) return std::nullopt;
    const auto size = [&](std::size_t axis) { return static_cast<std::size_t>(shape[axis]); };
    if (node.is("Conv") && shape.rank() >= 3) return ChannelLayout{1, size(0), weight.element_count() / size(0)};
    if (node.is("ConvTranspose") && shape.rank() >= 3) {
      const std::int64_t group = node.integer("group", 1);
      if (group < 1 || shape[0] % group != 0) return std::nullopt;
      return ChannelLayout{size(0), size(1), weight.element_count() / size(0) / size(1), true,
                           size(0) / static_cast<std::size_t>(group)};
    }
    if (!node.is("Gemm") || shape.rank() != 2) return std::nullopt;
    const auto* beta = node.attribute<float>("beta");
    if (beta != nullptr && *beta != 1.0F) return std::nullopt;
    if (node.integer("transB", 0) != 0) return ChannelLayout{1, size(0), size(1)};
    return ChannelLayout{size(0), size(1), 1};
  }

  bool is_float(const std::string& name, std::optional<std::int64_t> size = std::nullopt) const {
    const Initializer* weight = patch_.weight(name);
    if (weight == nullptr || weight->tensor.dtype() != DType::kFloat32) return false;
    return !size || weight->tensor.shape() == Shape{*size};
  }

  std::vector<float> numbers(const std::string& name) const {
    const auto values = patch_.weight(name)->tensor.values<float>();
    return {values.begin(), values.end()};
  }

  Status fold(std::size_t product_index, std::size_t norm_index) {
    Node& product = patch_.node(product_index);
    Node& norm = patch_.node(norm_index);
    const auto* given = norm.attribute<float>("epsilon");
    const double epsilon = given == nullptr ? kDefaultEpsilon : *given;
    const std::vector<float> gamma = numbers(norm.inputs[1]);
    const std::vector<float> beta = numbers(norm.inputs[2]);
    const std::vector<float> mean = numbers(norm.inputs[3]);
    const std::vector<float> variance = numbers(norm.inputs[4]);
    std::vector<float> bias = has_bias(product) ? numbers(product.inputs[2]) : std::vector<float>(gamma.size(), 0.0F);
    std::vector<double> factors;
    for (std::size_t c = 0; c < gamma.size(); ++c) {
      factors.push_back(gamma[c] / std::sqrt(variance[c] + epsilon));
      bias[c] = static_cast<float>((static_cast<double>(bias[c]) - mean[c]) * factors[c] + beta[c]);
    }
    Tensor weight = TRY(patch_.weight(product.inputs[1])->tensor.clone());
    scale(weight.mutable_values<float>(), *layout_of(product), factors);
    const Shape channels{static_cast<std::int64_t>(bias.size())};
    const std::string path = product.outputs[0];
    product.inputs.resize(3);
    product.inputs[1] = patch_.add_weight(path + ".folded_weight", std::move(weight));
    product.inputs[2] = patch_.add_weight(path + ".folded_bias", TRY(Tensor::from<float>(channels, bias)));
    product.outputs[0] = norm.outputs[0];
    patch_.remove(norm_index);
    return {};
  }

  static void scale(std::span<float> elements, const ChannelLayout& layout, const std::vector<double>& factors) {
    std::size_t next = 0;
    for (std::size_t block = 0; block < layout.outer; ++block) {
      for (std::size_t index = 0; index < layout.channels; ++index) {
        const double factor = factors[layout.channel(block, index)];
        for (std::size_t i = 0; i < layout.inner; ++i, ++next) {
          elements[next] = static_cast<float>(elements[next] * factor);
        }
      }
    }
  }

  Patch patch_;
};

}  // namespace

Result<std::size_t> fold_batch_norm(Model& model, const PassLimits&) { return BatchNormFolder(model.graph).run(); }

}  // namespace tandem::graph
