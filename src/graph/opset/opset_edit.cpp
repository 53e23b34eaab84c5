// SPDX-License-Identifier: Apache-2.0
// What rules share: constants in and out of inputs, nodes in place of a node.
#include "graph/opset/opset_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/half.h"

namespace tandem::graph {

tl::unexpected<Error> OpsetEdit::refuse(std::int64_t lowest, std::string_view why) const {
  const Node& refused = node();
  const std::string name = refused.name.empty() && !refused.outputs.empty() ? refused.outputs[0] : refused.name;
  return invalid_argument(
      fmt::format("{} (node '{}') needs opset {} or higher: {}", refused.op_type, name, lowest, why));
}

const ValueFacts& OpsetEdit::facts(std::size_t input) const {
  return facts_of(facts_, has_input(input) ? std::string_view(node().inputs[input]) : std::string_view());
}

std::optional<std::vector<std::int64_t>> OpsetEdit::integers(std::size_t input) const {
  const ValueFacts& known = facts(input);
  if (!known.content) return std::nullopt;
  std::vector<std::int64_t> values;
  for (const Extent& extent : *known.content) {
    if (!extent.number) return std::nullopt;
    values.push_back(*extent.number);
  }
  return values;
}

const Tensor* OpsetEdit::constant(std::size_t input) const {
  const Initializer* weight = has_input(input) ? patch_.weight(node().inputs[input]) : nullptr;
  return weight == nullptr ? nullptr : &weight->tensor;
}

void OpsetEdit::set_input(std::size_t input, std::string value) {
  if (node().inputs.size() <= input) node().inputs.resize(input + 1);
  node().inputs[input] = std::move(value);
}

void OpsetEdit::keep_inputs(std::size_t count) {
  std::vector<std::string>& inputs = node().inputs;
  if (inputs.size() > count) inputs.resize(count);
  while (!inputs.empty() && inputs.back().empty()) inputs.pop_back();
}

std::string OpsetEdit::path() const {
  const auto named = std::find_if(node().outputs.begin(), node().outputs.end(),
                                  [](const std::string& output) { return !output.empty(); });
  return named == node().outputs.end() ? node().op_type : *named;
}

std::string OpsetEdit::add_integers(std::string_view what, const std::vector<std::int64_t>& values) {
  Tensor tensor = Tensor::from<std::int64_t>(Shape{static_cast<std::int64_t>(values.size())}, values).value();
  return patch_.add_weight(fmt::format("{}.{}", path(), what), std::move(tensor));
}

std::string OpsetEdit::add_integer(std::string_view what, std::int64_t value) {
  Tensor tensor = Tensor::from<std::int64_t>(Shape{}, std::span<const std::int64_t>(&value, 1)).value();
  return patch_.add_weight(fmt::format("{}.{}", path(), what), std::move(tensor));
}

std::string OpsetEdit::add_floats(std::string_view what, const std::vector<float>& values) {
  Tensor tensor = Tensor::from<float>(Shape{static_cast<std::int64_t>(values.size())}, values).value();
  return patch_.add_weight(fmt::format("{}.{}", path(), what), std::move(tensor));
}

std::optional<std::string> OpsetEdit::add_scalar(std::string_view what, DType dtype, double value) {
  if (bit_width(dtype) < 8) return std::nullopt;
  Tensor tensor = Tensor::allocate(dtype, Shape{}).value();
  const auto single = static_cast<float>(value);
  switch (dtype) {
    case DType::kFloat32: tensor.mutable_values<float>()[0] = single; break;
    case DType::kFloat64: tensor.mutable_values<double>()[0] = value; break;
    case DType::kFloat16: tensor.mutable_values<Float16>()[0] = to_float16(single); break;
    case DType::kBfloat16: tensor.mutable_values<Bfloat16>()[0] = to_bfloat16(single); break;
    default:
      if (value != 0) return std::nullopt;
      std::memset(tensor.mutable_data(), 0, tensor.byte_size());
  }
  return patch_.add_weight(fmt::format("{}.{}", path(), what), std::move(tensor));
}

std::string OpsetEdit::fresh(std::string_view what) { return patch_.fresh(fmt::format("{}.{}", path(), what)); }

std::string OpsetEdit::put(std::string_view op, std::vector<std::string> inputs, std::string output) {
  if (output.empty()) output = fresh(op);
  return put(make_node(std::string(op), std::move(inputs), {std::move(output)}));
}

std::string OpsetEdit::put(Node added) {
  std::string output = added.outputs[0];
  patch_.put_before(index_, std::move(added));
  return output;
}

}  // namespace tandem::graph
