// SPDX-License-Identifier: Apache-2.0
// Pairs are found first; each gets new constants, and the convolution takes over the normalization's output.
#include "optimize/fold_batch_norm.h"

#include <cmath>
#include <optional>
#include <vector>

#include "graph/verify.h"
#include "optimize/graph_edit.h"

namespace tandem::optimize {
namespace {

using graph::Node;

constexpr float kDefaultEpsilon = 1e-5F;  // of ONNX's BatchNormalization

class Folder final {
 public:
  explicit Folder(graph::Graph& graph) : edit_(graph) {}

  Result<std::size_t> run() {
    std::size_t folded = 0;
    for (std::size_t i = 0; i < edit_.node_count(); ++i) {
      const std::size_t conv = edit_.node(i).is("BatchNormalization") ? conv_before(i) : GraphEdit::npos;
      if (conv == GraphEdit::npos) continue;
      TRY(fold(conv, i));
      ++folded;
    }
    edit_.apply();
    return folded;
  }

 private:
  /// The convolution that can take the normalization in; npos when there is none.
  std::size_t conv_before(std::size_t index) {
    const Node& norm = edit_.node(index);
    const bool training = norm.integer("training_mode", 0) != 0 || norm.outputs.size() != 1;
    if (training || norm.inputs.size() != 5 || edit_.is_output(norm.inputs[0])) return GraphEdit::npos;
    const std::size_t maker = edit_.maker(norm.inputs[0]);
    if (maker == GraphEdit::npos || !edit_.node(maker).is("Conv")) return GraphEdit::npos;
    const Node& conv = edit_.node(maker);
    if (edit_.uses(conv.outputs[0]).size() != 1 || !is_float(conv.inputs[1])) return GraphEdit::npos;
    const Shape& shape = edit_.weight(conv.inputs[1])->tensor.shape();
    const bool has_bias = conv.inputs.size() > 2 && !conv.inputs[2].empty();
    if (shape.rank() < 3 || (has_bias && !is_float(conv.inputs[2], shape[0]))) return GraphEdit::npos;
    for (std::size_t k = 1; k < 5; ++k) {
      if (!is_float(norm.inputs[k], shape[0])) return GraphEdit::npos;
    }
    return maker;
  }

  bool is_float(const std::string& name, std::optional<std::int64_t> size = std::nullopt) {
    const graph::Initializer* weight = edit_.weight(name);
    if (weight == nullptr || weight->tensor.dtype() != DType::kFloat32) return false;
    return !size || weight->tensor.shape() == Shape{*size};
  }

  std::vector<float> numbers(const std::string& name) {
    const auto values = edit_.weight(name)->tensor.values<float>();
    return {values.begin(), values.end()};
  }

  Status fold(std::size_t conv_index, std::size_t norm_index) {
    Node& conv = edit_.node(conv_index);
    Node& norm = edit_.node(norm_index);
    const auto* given = norm.attribute<float>("epsilon");
    const double epsilon = given == nullptr ? kDefaultEpsilon : *given;
    const std::vector<float> gamma = numbers(norm.inputs[1]);
    const std::vector<float> beta = numbers(norm.inputs[2]);
    const std::vector<float> mean = numbers(norm.inputs[3]);
    const std::vector<float> variance = numbers(norm.inputs[4]);
    const bool has_bias = conv.inputs.size() > 2 && !conv.inputs[2].empty();
    std::vector<float> bias = has_bias ? numbers(conv.inputs[2]) : std::vector<float>(gamma.size(), 0.0F);

    Tensor weight = TRY(edit_.weight(conv.inputs[1])->tensor.clone());
    const auto elements = weight.mutable_values<float>();
    const std::size_t a_channel = gamma.empty() ? 0 : elements.size() / gamma.size();
    for (std::size_t c = 0; c < gamma.size(); ++c) {
      const double factor = gamma[c] / std::sqrt(variance[c] + epsilon);
      for (float& element : elements.subspan(c * a_channel, a_channel)) {
        element = static_cast<float>(element * factor);
      }
      bias[c] = static_cast<float>((static_cast<double>(bias[c]) - mean[c]) * factor + beta[c]);
    }
    const Shape channels{static_cast<std::int64_t>(bias.size())};
    const std::string path = conv.outputs[0];
    conv.inputs.resize(3);
    conv.inputs[1] = edit_.add_weight(path + ".folded_weight", std::move(weight));
    conv.inputs[2] = edit_.add_weight(path + ".folded_bias", TRY(Tensor::from<float>(channels, bias)));
    conv.outputs[0] = norm.outputs[0];
    edit_.remove(norm_index);
    return {};
  }

  GraphEdit edit_;
};

}  // namespace

Result<std::size_t> fold_batch_norm(graph::Model& model) {
  const std::size_t folded = TRY(Folder(model.graph).run());
  TRY(graph::verify(model));
  return folded;
}

}  // namespace tandem::optimize
