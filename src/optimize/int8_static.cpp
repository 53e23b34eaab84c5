// SPDX-License-Identifier: Apache-2.0
// One pair of QuantizeLinear and DequantizeLinear a value, shared by all who take it in integers.
#include "optimize/int8_static.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "graph/patch.h"
#include "graph/verify.h"
#include "optimize/int8_plan.h"
#include "optimize/quantize_weight.h"

namespace tandem::optimize {
namespace {

using graph::Node;

template <typename T>
Result<Tensor> scalar(T value) {
  return Tensor::from<T>(Shape{}, std::span<const T>(&value, 1));
}

class StaticQuantizer final {
 public:
  StaticQuantizer(graph::Graph& graph, const Ranges& ranges, WeightBits bits)
      : edit_(graph), plan_(plan_int8(graph)), ranges_(ranges), bits_(bits) {}

  Result<StaticReport> run() {
    for (const std::size_t index : plan_.weighted) inputs_[index] = edit_.node(index).inputs[0];
    for (const std::string& value : plan_.values) TRY(make_scale(plan_.scale_owner(value)));
    for (const std::string& value : plan_.values) put_pair(value);
    for (const std::size_t index : plan_.weighted) TRY(quantize_weights(index));
    edit_.apply();
    edit_.graph().values.clear();
    return StaticReport{plan_.weighted.size(), plan_.passengers.size(), plan_.values.size()};
  }

 private:
  struct Scale {
    ActivationScale numbers;
    std::string scale;  // names of the constants
    std::string zero_point;
  };

  Status make_scale(const std::string& value) {
    if (scales_.contains(value)) return {};
    const auto range = ranges_.find(value);
    if (range == ranges_.end()) return invalid_argument(fmt::format("calibration gave no range for '{}'", value));
    Scale made{activation_scale(range->second.min, range->second.max), {}, {}};
    made.scale = edit_.add_weight(value + ".scale", TRY(scalar(made.numbers.scale)));
    made.zero_point = edit_.add_weight(value + ".zero_point", TRY(scalar(made.numbers.zero_point)));
    scales_[value] = std::move(made);
    return {};
  }

  /// Whether what makes the value will give integers: then everybody must take them.
  bool made_in_integers(const std::string& value) const {
    const std::size_t maker = edit_.maker(value);
    if (maker == graph::Patch::npos) return false;
    if (plan_.quantizes(maker)) return true;
    const Node& node = edit_.node(maker);
    if (!node.is("Relu") && !node.is("Clip")) return false;
    const std::size_t before = edit_.maker(node.inputs[0]);
    return before != graph::Patch::npos && plan_.quantizes(before);
  }

  /// value -> QuantizeLinear -> DequantizeLinear; users take the latter's output.
  void put_pair(const std::string& value) {
    const Scale& scale = scales_.at(plan_.scale_owner(value));
    const bool is_output = edit_.is_output(value);
    const bool for_all = made_in_integers(value);
    // An output keeps its name: then what comes before gets another one.
    const std::string before = is_output && for_all ? edit_.fresh(value + ".float") : value;
    const std::string after = is_output && for_all ? value : edit_.fresh(value + ".dequantized");
    const std::string quantized = edit_.fresh(value + ".quantized");
    const std::size_t maker = edit_.maker(value);
    for (const graph::Use& use : edit_.uses(value)) {
      if (use.input == graph::Use::kInside) continue;  // subgraphs go on with the float value, which keeps its name
      if (for_all || plan_.quantizes(use.node)) edit_.node(use.node).inputs[use.input] = after;
    }
    if (before != value) {
      auto& outputs = edit_.node(maker).outputs;
      std::replace(outputs.begin(), outputs.end(), value, before);
    }
    put(maker, graph::make_node("QuantizeLinear", {before, scale.scale, scale.zero_point}, {quantized}));
    put(maker, graph::make_node("DequantizeLinear", {quantized, scale.scale, scale.zero_point}, {after}));
  }

  void put(std::size_t maker, Node node) {
    if (maker == graph::Patch::npos) {
      edit_.put_first(std::move(node));
    } else {
      edit_.put_after(maker, std::move(node));
    }
  }

  Status quantize_weights(std::size_t index) {
    Node& node = edit_.node(index);
    const std::size_t axis = channel_axis(node);
    const std::string weight_name = node.inputs[1];
    const QuantizedWeight weight = TRY(quantize_per_channel(edit_.weight(weight_name)->tensor, axis, bits_));
    node.inputs[1] = TRY(put_weight(weight_name, weight, axis));
    if (node.inputs.size() < 3 || node.inputs[2].empty()) return {};
    const graph::Initializer* bias = edit_.weight(node.inputs[2]);
    if (bias == nullptr || bias->tensor.dtype() != DType::kFloat32) return {};
    if (bias->tensor.shape() != Shape{static_cast<std::int64_t>(weight.scales.size())}) return {};
    const float input_scale = scales_.at(plan_.scale_owner(inputs_.at(index))).numbers.scale;
    std::vector<float> scales = weight.scales;
    for (float& scale : scales) scale *= input_scale;
    if (!holds(bias->tensor, scales)) return {};
    node.inputs[2] = TRY(put_bias(node.outputs[0] + ".bias", bias->tensor.view(), scales));
    return {};
  }

  /// Whether every element fits into 32 bits; a channel of tiny weights under a large bias does not, and stays float.
  static bool holds(const Tensor& bias, const std::vector<float>& scales) {
    constexpr double kLimit = std::numeric_limits<std::int32_t>::max();
    const auto values = bias.values<float>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double units = static_cast<double>(values[i]) / static_cast<double>(scales[i]);
      if (!(std::abs(units) < kLimit)) return false;
    }
    return true;
  }

  /// A weight that several nodes share is quantized once for each axis.
  Result<std::string> put_weight(const std::string& name, const QuantizedWeight& weight, std::size_t axis) {
    const auto known = weights_.find({name, axis});
    if (known != weights_.end()) return known->second;
    const Shape channels{static_cast<std::int64_t>(weight.scales.size())};
    const std::vector<std::int8_t> zeros(weight.scales.size(), 0);
    const std::string values = edit_.add_weight(name + ".quantized", TRY(weight.values.clone()));
    const std::string scale = edit_.add_weight(name + ".scale", TRY(Tensor::from<float>(channels, weight.scales)));
    const std::string zero = edit_.add_weight(name + ".zero_point", TRY(Tensor::from<std::int8_t>(channels, zeros)));
    return weights_[{name, axis}] = put_dequantize(name, {values, scale, zero}, axis);
  }

  /// int32 in units of (scale of the input) * (scale of the channel's weights), which are `scales`.
  Result<std::string> put_bias(const std::string& name, const Tensor& bias, const std::vector<float>& scales) {
    const auto from = bias.values<float>();
    std::vector<std::int32_t> integers(from.size());
    const std::vector<std::int32_t> zeros(from.size(), 0);
    for (std::size_t i = 0; i < from.size(); ++i) {
      integers[i] =
          static_cast<std::int32_t>(std::nearbyint(static_cast<double>(from[i]) / static_cast<double>(scales[i])));
    }
    const Shape shape = bias.shape();
    const std::string values = edit_.add_weight(name + ".quantized", TRY(Tensor::from<std::int32_t>(shape, integers)));
    const std::string scale = edit_.add_weight(name + ".scale", TRY(Tensor::from<float>(shape, scales)));
    const std::string zero = edit_.add_weight(name + ".zero_point", TRY(Tensor::from<std::int32_t>(shape, zeros)));
    return put_dequantize(name, {values, scale, zero}, 0);
  }

  std::string put_dequantize(const std::string& name, std::vector<std::string> inputs, std::size_t axis) {
    const std::string output = edit_.fresh(name + ".dequantized");
    Node node = graph::make_node("DequantizeLinear", std::move(inputs), {output});
    node.attributes.emplace("axis", static_cast<std::int64_t>(axis));
    edit_.put_first(std::move(node));
    return output;
  }

  graph::Patch edit_;
  Int8Plan plan_;
  const Ranges& ranges_;
  std::map<std::string, Scale> scales_;  // by the value that owns the scale
  WeightBits bits_;
  std::map<std::pair<std::string, std::size_t>, std::string> weights_;  // weight and axis -> its dequantized form
  std::map<std::size_t, std::string> inputs_;  // of the weighted nodes, before pairs were put in
};

}  // namespace

std::vector<std::string> values_to_calibrate(const graph::Model& model) {
  const Int8Plan plan = plan_int8(model.graph);
  std::set<std::string> owners;
  for (const std::string& value : plan.values) owners.insert(plan.scale_owner(value));
  return {owners.begin(), owners.end()};
}

Result<StaticReport> quantize_static(graph::Model& model, const Ranges& ranges, WeightBits bits) {
  if (model.opset() < 13) {
    return fail(Code::kUnimplemented,
                fmt::format("the model is of opset {}: scales for each channel need opset 13 or later", model.opset()));
  }
  const StaticReport report = TRY(StaticQuantizer(model.graph, ranges, bits).run());
  TRY(graph::verify(model));
  return report;
}

}  // namespace tandem::optimize
