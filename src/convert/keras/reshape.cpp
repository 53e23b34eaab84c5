// SPDX-License-Identifier: Apache-2.0
// Layers that only say how elements are counted.
#include <algorithm>
#include <array>

#include "convert/keras/layer.h"

namespace tandem::convert::keras {
namespace {

/// An image stored channels first stays so: Dense puts its rows in order instead. See Value::flattened.
Result<std::vector<Value>> build_flatten(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  Value value = call.input();
  if (value.rank() == 2) return only(std::move(value));
  const std::int64_t size = TRY(product(value.dims, 1));
  const bool keras_channels_first = TRY(call.settings().text("data_format", "channels_last")) == "channels_first";
  if (keras_channels_first && value.rank() > 2) {  // Keras puts the channels last before it flattens
    value = call.graph.in_keras_order(value);
    std::vector<std::int64_t> order = {0};
    for (std::size_t i = 2; i < value.rank(); ++i) order.push_back(static_cast<std::int64_t>(i));
    order.push_back(1);
    value.name = call.builder().add("Transpose", {value.name}, call.path + ".channels_last", attributes("perm", order));
    std::rotate(value.dims.begin() + 1, value.dims.begin() + 2, value.dims.end());
  }
  const bool order_matters = value.channels() != 1 && size != value.channels();
  if (value.layout == Layout::kChannelsFirst && order_matters && size < 0) value = call.graph.in_keras_order(value);
  Value result = value;
  if (value.layout == Layout::kChannelsFirst && order_matters) result.flattened = value.dims;
  result.layout = Layout::kKeras;
  result.dims = {value.dims.front(), size};
  result.name = call.builder().add("Flatten", {value.name}, call.path, attributes("axis", std::int64_t{1}));
  return only(std::move(result));
}

Result<std::vector<Value>> build_reshape(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  const Value& value = call.input();
  const std::vector<std::int64_t> target = TRY(call.settings().integers("target_shape"));
  const std::int64_t size = TRY(product(value.dims, 1));
  Dims result = {value.dims.front()};
  std::int64_t known = 1;
  std::ptrdiff_t open = -1;
  for (const std::int64_t dim : target) {
    if (dim < -1 || dim == 0 || (dim == -1 && open >= 0)) return invalid_argument("'target_shape' is no shape");
    if (dim == -1) open = std::ssize(result);
    if (dim > 0 && (__builtin_mul_overflow(known, dim, &known) || known > (std::int64_t{1} << 31))) {
      return invalid_argument("'target_shape' is too large");
    }
    result.push_back(dim);
  }
  if (size >= 0 && (open < 0 ? known != size : size % known != 0)) {
    return invalid_argument("'target_shape' does not hold as many elements as there are");
  }
  if (open >= 0 && size >= 0) result[static_cast<std::size_t>(open)] = size / known;
  Dims stored = result;
  stored.front() = 0;
  return only(call.graph.reshaped(value, std::move(stored), std::move(result), call.path));
}

Result<std::vector<Value>> build_permute(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  const Value value = call.graph.in_keras_order(call.input());
  const std::vector<std::int64_t> dims = TRY(call.settings().integers("dims"));
  std::vector<std::int64_t> sorted = dims;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] != static_cast<std::int64_t>(i) + 1 || sorted.size() + 1 != value.rank()) {
      return invalid_argument("'dims' does not name every axis but the batch once");
    }
  }
  Value result = value;
  std::vector<std::int64_t> order = {0};
  for (std::size_t i = 0; i < dims.size(); ++i) {
    order.push_back(dims[i]);
    result.dims[i + 1] = value.dims[static_cast<std::size_t>(dims[i])];
  }
  result.name = call.builder().add("Transpose", {value.name}, call.path, attributes("perm", std::move(order)));
  return only(std::move(result));
}

/// [batch, features] -> [batch, n, features]
Result<std::vector<Value>> build_repeat_vector(LayerCall& call) {
  TRY(expect_inputs(call, 1, 2));
  const std::int64_t count = TRY(call.settings().positive("n"));
  Value result = call.graph.in_keras_order(call.input());
  GraphBuilder& builder = call.builder();
  result.name = builder.add("Unsqueeze", {result.name, builder.integers(call.path + ".axes", {1})}, call.path + ".row");
  result.name = builder.add("Tile", {result.name, builder.integers(call.path + ".repeats", {1, count, 1})}, call.path);
  result.dims.insert(result.dims.begin() + 1, count);
  return only(std::move(result));
}

constexpr std::array<LayerClass, 4> kReshapeLayers = {{{"Flatten", build_flatten, false},
                                                       {"Reshape", build_reshape, false},
                                                       {"Permute", build_permute, false},
                                                       {"RepeatVector", build_repeat_vector, false}}};

}  // namespace

std::span<const LayerClass> reshape_layers() { return kReshapeLayers; }

}  // namespace tandem::convert::keras
