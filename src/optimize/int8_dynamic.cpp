// SPDX-License-Identifier: Apache-2.0
// Each activation is quantized once, however many products use it.
#include "optimize/int8_dynamic.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "graph/infer_dtypes.h"
#include "graph/patch.h"
#include "graph/verify.h"
#include "optimize/quantize_weight.h"

namespace tandem::optimize {
namespace {

using graph::Node;

/// A MatMul, or a Gemm without factors and without a transposed left side.
bool is_product(const Node& node) {
  if (node.is("MatMul")) return true;
  if (!node.is("Gemm") || node.integer("transA", 0) != 0) return false;
  const auto factor = [&](std::string_view key) {
    const auto* value = node.attribute<float>(key);
    return value == nullptr ? 1.0F : *value;
  };
  return factor("alpha") == 1 && factor("beta") == 1;
}

Result<Tensor> swap_axes(const Tensor& matrix) {
  const auto rows = static_cast<std::size_t>(matrix.shape()[0]);
  const auto columns = static_cast<std::size_t>(matrix.shape()[1]);
  Tensor result = TRY(Tensor::allocate(DType::kFloat32, {matrix.shape()[1], matrix.shape()[0]}));
  const auto from = matrix.values<float>();
  const auto to = result.mutable_values<float>();
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) to[column * rows + row] = from[row * columns + column];
  }
  return result;
}

/// The names of a value's uint8 form, its scale and its zero point.
struct QuantizedValue {
  std::string values;
  std::string scale;
  std::string zero_point;
};

class DynamicQuantizer final {
 public:
  DynamicQuantizer(graph::Graph& graph, WeightBits bits)
      : edit_(graph), types_(graph::infer_dtypes(graph)), bits_(bits) {}

  Result<DynamicReport> run() {
    for (std::size_t i = 0; i < edit_.node_count(); ++i) {
      if (!edit_.node(i).is("MatMul") && !edit_.node(i).is("Gemm")) continue;
      const auto weight = TRY(weight_of(edit_.node(i)));
      if (!weight) {
        ++report_.left;
        continue;
      }
      TRY(replace(i, *weight));
      ++report_.products;
    }
    edit_.apply();
    return report_;
  }

 private:
  /// The constant [K, N] on the right, if this node can be an integer product.
  Result<std::optional<Tensor>> weight_of(const Node& node) {
    if (!is_product(node) || node.inputs.size() < 2) return std::nullopt;
    const auto type = types_.find(node.inputs[0]);
    const graph::Initializer* weight = edit_.weight(node.inputs[1]);
    if (weight == nullptr || edit_.weight(node.inputs[0]) != nullptr) return std::nullopt;
    if (type == types_.end() || type->second != DType::kFloat32) return std::nullopt;
    if (weight->tensor.dtype() != DType::kFloat32 || weight->tensor.shape().rank() != 2) return std::nullopt;
    if (weight->tensor.element_count() == 0) return std::nullopt;
    if (node.is("Gemm") && node.integer("transB", 0) != 0) return TRY(swap_axes(weight->tensor));
    return weight->tensor.view();
  }

  const QuantizedValue& quantized(std::size_t index, const std::string& value) {
    const auto known = quantized_.find(value);
    if (known != quantized_.end()) return known->second;
    const QuantizedValue names{edit_.fresh(value + ".quantized"), edit_.fresh(value + ".scale"),
                               edit_.fresh(value + ".zero_point")};
    edit_.put_before(index,
                     graph::make_node("DynamicQuantizeLinear", {value}, {names.values, names.scale, names.zero_point}));
    return quantized_[value] = names;
  }

  /// The names of a weight's integers and scales.
  struct IntegerWeight {
    std::string values;
    std::string scales;
  };

  /// A weight that several products share is quantized once, unless one of them takes it transposed.
  Result<IntegerWeight> integer_weight(const Node& node, const Tensor& matrix) {
    const std::string key = node.inputs[1] + (node.integer("transB", 0) != 0 ? ".transposed" : "");
    const auto known = weights_.find(key);
    if (known != weights_.end()) return known->second;
    QuantizedWeight weight = TRY(quantize_per_channel(matrix, 1, bits_));
    const Shape columns{static_cast<std::int64_t>(weight.scales.size())};
    IntegerWeight names;
    names.scales = edit_.add_weight(key + ".scale", TRY(Tensor::from<float>(columns, weight.scales)));
    names.values = edit_.add_weight(key + ".quantized", std::move(weight.values));
    return weights_[key] = names;
  }

  Status replace(std::size_t index, const Tensor& matrix) {
    const Node& node = edit_.node(index);
    const std::string path = node.outputs[0];
    const IntegerWeight weight = TRY(integer_weight(node, matrix));
    const QuantizedValue& input = quantized(index, node.inputs[0]);

    const std::string product = edit_.fresh(path + ".integer");
    const std::string whole = edit_.fresh(path + ".cast");
    const std::string scale = edit_.fresh(path + ".scale");
    const bool has_bias = node.is("Gemm") && node.inputs.size() > 2 && !node.inputs[2].empty();
    const std::string real = has_bias ? edit_.fresh(path + ".product") : path;
    edit_.put_before(index,
                     graph::make_node("MatMulInteger", {input.values, weight.values, input.zero_point}, {product}));
    Node cast = graph::make_node("Cast", {product}, {whole});
    cast.attributes.emplace("to", static_cast<std::int64_t>(DType::kFloat32));
    edit_.put_before(index, std::move(cast));
    edit_.put_before(index, graph::make_node("Mul", {input.scale, weight.scales}, {scale}));
    edit_.put_before(index, graph::make_node("Mul", {whole, scale}, {real}));
    if (has_bias) edit_.put_before(index, graph::make_node("Add", {real, node.inputs[2]}, {path}));
    edit_.remove(index);
    return {};
  }

  graph::Patch edit_;
  std::map<std::string, DType, std::less<>> types_;
  std::map<std::string, QuantizedValue, std::less<>> quantized_;
  std::map<std::string, IntegerWeight, std::less<>> weights_;
  WeightBits bits_;
  DynamicReport report_;
};

}  // namespace

Result<DynamicReport> quantize_dynamic(graph::Model& model, WeightBits bits) {
  if (model.opset() < 11) {
    return fail(Code::kUnimplemented,
                fmt::format("the model is of opset {}: dynamic quantization needs opset 11 or later", model.opset()));
  }
  const DynamicReport report = TRY(DynamicQuantizer(model.graph, bits).run());
  TRY(graph::verify(model));
  return report;
}

}  // namespace tandem::optimize
