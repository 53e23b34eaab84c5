// SPDX-License-Identifier: Apache-2.0
// Transposes are remembered both ways, so that going there and back costs nothing.
#include "convert/keras/layout_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <set>

#include "graph/verify.h"

namespace tandem::convert::keras {
namespace {

bool moves_only_ones(const Value& value) {
  const bool one_channel = value.dims.back() == 1;
  const bool no_space = std::all_of(value.dims.begin() + 1, value.dims.end() - 1, [](auto size) { return size == 1; });
  return one_channel || no_space;
}

bool equal_bytes(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() && a.byte_size() == b.byte_size() &&
         (a.byte_size() == 0 || std::memcmp(a.data(), b.data(), a.byte_size()) == 0);
}

/// Nodes are in order, so one walk from the end finds all that is needed.
void drop_unneeded(graph::Graph& graph) {
  std::set<std::string, std::less<>> needed;
  for (const TensorSpec& output : graph.outputs) needed.insert(output.name);
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    const bool used = std::ranges::any_of(node->outputs, [&](const auto& name) { return needed.contains(name); });
    if (!used) {
      node->outputs.clear();
      continue;
    }
    needed.insert(node->inputs.begin(), node->inputs.end());
    for (std::string& output : node->outputs) {
      if (!needed.contains(output)) output.clear();  // an optional output left out
    }
    while (node->outputs.back().empty()) node->outputs.pop_back();
  }
  std::erase_if(graph.nodes, [](const graph::Node& node) { return node.outputs.empty(); });
  std::erase_if(graph.initializers, [&](const graph::Initializer& weight) { return !needed.contains(weight.name); });
}

}  // namespace

Value LayoutGraph::transposed(const Value& value, Layout layout) {
  if (const auto known = other_layout_.find(value.name); known != other_layout_.end()) {
    Value found = known->second;
    found.masked = value.masked;
    return found;
  }
  Value result = value;
  result.layout = layout;
  const Dims target = stored_dims(result);
  const bool to_first = layout == Layout::kChannelsFirst;
  const std::string path = value.name + (to_first ? ".channels_first" : ".channels_last");
  const auto unknown = std::count(target.begin() + 1, target.end(), -1);
  if (moves_only_ones(value) && unknown == 0) {
    Dims shape = target;
    shape.front() = 0;
    result.name = builder_.add("Reshape", {value.name, builder_.integers(path + ".shape", shape)}, path);
  } else {
    std::vector<std::int64_t> order(value.rank());
    std::iota(order.begin(), order.end(), 0);
    if (to_first) {
      std::rotate(order.begin() + 1, order.end() - 1, order.end());
    } else {
      std::rotate(order.begin() + 1, order.begin() + 2, order.end());
    }
    result.name = builder_.add("Transpose", {value.name}, path, attributes("perm", std::move(order)));
  }
  other_layout_.insert_or_assign(value.name, result);
  other_layout_.insert_or_assign(result.name, value);
  return result;
}

/// Only from a flattened image, all of whose sizes are known.
Value LayoutGraph::unflattened(const Value& value) {
  Value image = value;
  image.dims = value.flattened;
  image.flattened.clear();
  image.layout = Layout::kChannelsFirst;
  Dims shape = stored_dims(image);
  shape.front() = 0;
  const std::string path = value.name + ".unflattened";
  image.name = builder_.add("Reshape", {value.name, builder_.integers(path + ".shape", shape)}, path);
  const Value keras = transposed(image, Layout::kKeras);
  Value result = value;
  result.flattened.clear();
  result.name = builder_.add("Flatten", {keras.name}, value.name + ".flattened", attributes("axis", std::int64_t{1}));
  return result;
}

Value LayoutGraph::in_keras_order(const Value& value) {
  if (!value.flattened.empty()) return unflattened(value);
  return value.layout == Layout::kKeras ? value : transposed(value, Layout::kKeras);
}

Value LayoutGraph::with_channels_first(const Value& value) {
  return value.layout == Layout::kChannelsFirst ? value : transposed(value, Layout::kChannelsFirst);
}

Value LayoutGraph::as_float(const Value& value, const std::string& path) {
  if (value.dtype == DType::kFloat32) return value;
  Value result =
      same_shape("Cast", value, path + ".float32", attributes("to", static_cast<std::int64_t>(DType::kFloat32)));
  result.dtype = DType::kFloat32;
  return result;
}

Value LayoutGraph::same_shape(std::string_view op_type, const Value& value, const std::string& path,
                              Attributes attributes) {
  Value result = value;
  result.name = builder_.add(op_type, {value.name}, path, std::move(attributes));
  return result;
}

Value LayoutGraph::with_scalar(std::string_view op_type, const Value& value, float scalar, const std::string& path) {
  Value result = value;
  result.name = builder_.add(op_type, {value.name, builder_.scalar(path + ".constant", scalar)}, path);
  return result;
}

Value LayoutGraph::reshaped(const Value& value, Dims target, Dims result_dims, const std::string& path) {
  Value result = in_keras_order(value);
  result.name = builder_.add("Reshape", {result.name, builder_.integers(path + ".shape", std::move(target))}, path);
  result.dims = std::move(result_dims);
  return result;
}

std::string LayoutGraph::weight(const std::string& name, Tensor tensor) {
  auto& known = weights_[name];
  for (const auto& [actual, other] : known) {
    if (equal_bytes(other, tensor)) return actual;
  }
  if (!known.empty()) constant_bytes_ += tensor.byte_size();
  Tensor kept = tensor.view();
  std::string actual = builder_.weight(name, std::move(tensor));
  known.emplace_back(actual, std::move(kept));
  return actual;
}

std::string LayoutGraph::weight(const std::string& name, const Shape& shape, const std::vector<float>& values) {
  constant_bytes_ += values.size() * sizeof(float);
  return weight(name, Tensor::from<float>(shape, values).value());
}

Status LayoutGraph::charge_calls(std::size_t calls) {
  constexpr std::size_t kMaxCalls = std::size_t{1} << 16;
  calls_ += calls;
  if (calls_ <= kMaxCalls) return {};
  return fail(Code::kResourceExhausted, "the model calls layers more than 65536 times");
}

Status LayoutGraph::check_constants() const {
  constexpr std::size_t kMaxBytes = std::size_t{1} << 30;
  if (constant_bytes_ <= kMaxBytes) return {};
  return fail(Code::kResourceExhausted, "the model's settings spell more than 1 GiB of constants");
}

std::string LayoutGraph::zero_padded(std::vector<std::string> inputs, const std::string& path) {
  std::string name = builder_.add("Pad", inputs, path);
  zero_paddings_.emplace(name, std::move(inputs));
  return name;
}

std::vector<std::string> LayoutGraph::zero_padding_of(const std::string& name) const {
  const auto found = zero_paddings_.find(name);
  return found == zero_paddings_.end() ? std::vector<std::string>() : found->second;
}

Result<graph::Model> LayoutGraph::finish() && {
  graph::Model model = TRY(std::move(builder_).finish());
  drop_unneeded(model.graph);
  TRY(graph::verify(model));
  return model;
}

Result<std::size_t> keras_axis(const Value& value, std::int64_t axis) {
  const auto rank = static_cast<std::int64_t>(value.rank());
  if (axis < -rank || axis >= rank) {
    return invalid_argument(fmt::format("the axis {} does not fit a value of {} dimensions", axis, rank));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

std::size_t stored_axis(const Value& value, std::size_t axis) {
  if (value.layout == Layout::kKeras || axis == 0) return axis;
  return axis + 1 == value.rank() ? 1 : axis + 1;
}

Dims stored_dims(const Value& value) {
  Dims dims(value.rank());
  for (std::size_t axis = 0; axis < dims.size(); ++axis) dims[stored_axis(value, axis)] = value.dims[axis];
  return dims;
}

Result<Tensor> stored_like(const Value& value, const Tensor& per_axis) {
  if (value.layout == Layout::kKeras) return per_axis.view();
  std::vector<std::size_t> order(per_axis.shape().rank());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::rotate(order.begin(), order.end() - 1, order.end());
  return permuted(per_axis, order);
}

Result<std::int64_t> product(const Dims& dims, std::size_t begin) {
  std::int64_t result = 1;
  bool known = true;
  for (std::size_t i = begin; i < dims.size(); ++i) {
    known = known && dims[i] >= 0;
    if (known && (__builtin_mul_overflow(result, dims[i], &result) || result > (std::int64_t{1} << 31))) {
      return invalid_argument("a value has more than 2^31 elements a sample");
    }
  }
  return known ? result : -1;
}

Result<Tensor> permuted(const Tensor& tensor, const std::vector<std::size_t>& order) {
  const std::size_t rank = order.size();
  std::vector<std::size_t> stride(rank, 1);
  for (std::size_t i = rank; i-- > 1;) {
    stride[i - 1] = stride[i] * static_cast<std::size_t>(tensor.shape()[i]);
  }
  std::vector<std::int64_t> dims(rank);
  for (std::size_t i = 0; i < rank; ++i) dims[i] = tensor.shape()[order[i]];
  Tensor result = TRY(Tensor::allocate(DType::kFloat32, Shape(dims)));
  const auto from = tensor.values<float>();
  const auto to = result.mutable_values<float>();
  std::vector<std::size_t> at(rank, 0);
  std::size_t source = 0;
  for (float& element : to) {
    element = from[source];
    for (std::size_t i = rank; i-- > 0;) {
      source += stride[order[i]];
      if (++at[i] < static_cast<std::size_t>(dims[i])) break;
      source -= at[i] * stride[order[i]];
      at[i] = 0;
    }
  }
  return result;
}

}  // namespace tandem::convert::keras
