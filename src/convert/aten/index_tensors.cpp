// SPDX-License-Identifier: Apache-2.0
// Masks become positions, indices are broadcast to one shape and stacked along a last axis.
#include "convert/aten/index_tensors.h"

namespace tandem::convert::aten {
namespace {

bool is_mask(const Value& index) { return index.dtype() == DType::kBool || index.dtype() == DType::kUint8; }

/// One vector of positions for each of the mask's axes; all of them have the same unknown length.
void append_positions(Operation& operation, const Value& mask, std::vector<std::optional<Value>>& tensors) {
  const std::string positions = positions_of(operation, mask);
  Dim unknown;
  unknown.size = -1;
  for (std::int64_t axis = 0; axis < mask.rank(); ++axis) {
    Value vector = typed(
        operation.add("Gather", {positions, operation.workspace().integer(axis)}, attributes("axis", std::int64_t{0})),
        DType::kInt64);
    vector.info.shape.dims = {unknown};
    tensors.emplace_back(std::move(vector));
  }
}

/// The indices brought to one shape by adding zeros of it; those that have it are left alone.
std::vector<std::string> broadcast(Operation& operation, const std::vector<Value>& indices) {
  const auto same = [&](const Value& index) {
    const auto fixed = [](const Dim& dim) { return dim.is_fixed(); };
    return index.shape() == indices.front().shape() &&
           (indices.size() == 1 || std::ranges::all_of(index.shape().dims, fixed) || index.rank() == 1);
  };
  std::vector<std::string> names;
  for (const Value& index : indices) names.push_back(index.name);
  if (std::ranges::all_of(indices, same)) return names;
  const std::string zero = operation.workspace().integer(0);
  std::string zeros;
  for (const std::string& name : names) {
    const std::string own = operation.add("Mul", {name, zero});
    zeros = zeros.empty() ? own : operation.add("Add", {zeros, own});
  }
  for (std::string& name : names) name = operation.add("Add", {name, zeros});
  return names;
}

/// [index shape..., indexed axes] and the order of axes that brings the indexed ones to the front.
Result<IndexTensors> arrange(Operation& operation, const Value& self, std::vector<std::optional<Value>> tensors) {
  if (static_cast<std::int64_t>(tensors.size()) > self.rank()) return operation.wrong("more indices than dimensions");
  IndexTensors made;
  std::vector<Value> indices;
  Integers others;
  for (std::int64_t axis = 0; axis < self.rank(); ++axis) {
    const auto at = static_cast<std::size_t>(axis);
    const bool indexed = at < tensors.size() && tensors[at].has_value();
    (indexed ? made.order : others).push_back(axis);
    if (!indexed) continue;
    indices.push_back(operation.cast(*tensors[at], DType::kInt64));
    made.index_rank = std::max(made.index_rank, tensors[at]->rank());
  }
  if (indices.empty()) return operation.refuse("there is no index");
  const bool adjacent = made.order.back() - made.order.front() + 1 == static_cast<std::int64_t>(made.order.size());
  made.place = adjacent ? made.order.front() : 0;
  made.axes = indices.size();
  made.order.insert(made.order.end(), others.begin(), others.end());
  std::vector<std::string> columns;
  for (const std::string& name : broadcast(operation, indices)) columns.push_back(unsqueeze(operation, name, {-1}));
  made.indices = concat(operation, std::move(columns), -1);
  made.tensors = std::move(tensors);
  return made;
}

/// The order that moves `count` axes from the front behind `place` others.
Integers moved_behind(std::int64_t count, std::int64_t place, std::int64_t rank) {
  Integers order;
  for (std::int64_t axis = 0; axis < place; ++axis) order.push_back(count + axis);
  for (std::int64_t axis = 0; axis < count; ++axis) order.push_back(axis);
  for (std::int64_t axis = count + place; axis < rank; ++axis) order.push_back(axis);
  return order;
}

}  // namespace

std::string positions_of(Operation& operation, const Value& mask) {
  return operation.add("NonZero", {operation.cast(mask, DType::kBool).name});
}

Result<IndexTensors> index_tensors(Operation& operation, const Value& self) {
  std::vector<std::optional<Value>> tensors;
  for (const auto& index : TRY(operation.optional_tensors("indices"))) {
    if (index && is_mask(*index)) {
      append_positions(operation, *index, tensors);
    } else {
      tensors.push_back(index);
    }
  }
  return arrange(operation, self, std::move(tensors));
}

std::string to_place(Operation& operation, const std::string& gathered, const IndexTensors& index, std::int64_t rank) {
  return transpose(operation, gathered, moved_behind(index.index_rank, index.place, rank));
}

std::string from_place(Operation& operation, const std::string& values, const IndexTensors& index, std::int64_t rank) {
  return transpose(operation, values, moved_behind(index.place, index.index_rank, rank));
}

}  // namespace tandem::convert::aten
