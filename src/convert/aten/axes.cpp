// SPDX-License-Identifier: Apache-2.0
// Axes added, removed, split and repeated: squeeze, unsqueeze, expand, repeat.
#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// Axes of another size than 1 stay. An axis whose size is unknown is one that PyTorch found to be larger.
Status lower_squeeze(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  Integers axes =
      operation.argument("dim") != nullptr ? TRY(operation.axes("dim", self.rank())) : all_axes(self.rank());
  if (self.rank() == 0) return operation.output(self);
  std::erase_if(axes, [&](std::int64_t axis) { return self.size(axis) != 1; });
  if (axes.empty()) return operation.output(self);
  return operation.output(squeeze(operation, self.name, std::move(axes)));
}

Status lower_unsqueeze(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  return operation.output(unsqueeze(operation, self.name, {TRY(operation.axis("dim", self.rank() + 1))}));
}

Status lower_unflatten(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  std::vector<Size> sizes = operation.sizes_of(self);
  const auto parts = TRY(operation.sizes("sizes"));
  sizes.erase(sizes.begin() + axis);
  sizes.insert(sizes.begin() + axis, parts.begin(), parts.end());
  return operation.output(operation.reshape(self.name, std::move(sizes)));
}

Status lower_view_as(Operation& operation) {
  const std::string self = TRY(operation.tensor("self")).name;
  return operation.output(operation.reshape(self, operation.sizes_of(TRY(operation.tensor("other")))));
}

/// -1 leaves an axis as it is, which Expand does with 1.
Status lower_expand(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  std::vector<Size> sizes = TRY(operation.sizes("size"));
  for (Size& size : sizes) {
    if (size.is_fixed() && size.fixed == -1) size = Size{1};
  }
  if (sizes.empty()) return operation.output(self);
  return operation.output(operation.add("Expand", {self.name, operation.shape_value(sizes)}));
}

Status lower_expand_as(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::string shape = shape_of(operation, TRY(operation.tensor("other")));
  return operation.output(operation.add("Expand", {self.name, shape}));
}

/// The tensor gets axes in front until it has as many as there are numbers, and the other way round for tile.
Status lower_repeat(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  std::vector<Size> repeats = TRY(operation.sizes(operation.call().name == "tile" ? "dims" : "repeats"));
  while (static_cast<std::int64_t>(repeats.size()) < self.rank()) repeats.insert(repeats.begin(), Size{1});
  std::string value = self.name;
  const std::int64_t more = static_cast<std::int64_t>(repeats.size()) - self.rank();
  if (more > 0) value = unsqueeze(operation, value, all_axes(more));
  if (repeats.empty()) return operation.output(self);
  return operation.output(operation.add("Tile", {value, operation.shape_value(repeats)}));
}

/// Each element so many times, one after the other.
Status lower_repeat_interleave(Operation& operation) {
  Value self = TRY(operation.tensor("self"));
  const std::int64_t repeats = TRY(operation.integer("repeats"));
  if (repeats < 0) return operation.wrong("repeats must not be negative");
  const bool flat = !operation.given("dim");
  const std::int64_t axis = flat ? 0 : TRY(operation.axis("dim", self.rank()));
  if (flat) {
    const std::string column = operation.add("Reshape", {self.name, operation.integers_value({-1, 1})});
    const std::string wide = operation.add("Tile", {column, operation.integers_value({1, repeats})});
    return operation.output(operation.add("Reshape", {wide, operation.integers_value({-1})}));
  }
  Integers counts(static_cast<std::size_t>(self.rank() + 1), 1);
  counts[static_cast<std::size_t>(axis + 1)] = repeats;
  const std::string wide =
      operation.add("Tile", {unsqueeze(operation, self.name, {axis + 1}), operation.integers_value(counts)});
  std::vector<Size> sizes = operation.sizes_of(self);
  const bool known = self.size(axis) >= 0;
  sizes[static_cast<std::size_t>(axis)] = Size{known ? TRY(product(operation, {self.size(axis), repeats})) : -1};
  return operation.output(operation.reshape(wide, std::move(sizes)));
}

Status lower_atleast_1d(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  return operation.output(self.rank() > 0 ? self.name : unsqueeze(operation, self.name, {0}));
}

/// Tensors as a grid: each of them along an axis of its own.
Status lower_meshgrid(Operation& operation) {
  const auto tensors = TRY(operation.tensors("tensors"));
  const bool swaps = operation.argument("indexing") != nullptr && TRY(operation.text("indexing")) == "xy";
  std::vector<std::string> sizes;
  for (const Value& tensor : tensors) {
    sizes.push_back(tensor.rank() == 0 ? operation.integers_value({1})
                                       : operation.shape_value({operation.size_of(tensor, 0)}));
  }
  if (swaps && sizes.size() > 1) std::swap(sizes[0], sizes[1]);
  const std::string shape = concat(operation, sizes, 0);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    std::size_t axis = i;
    if (swaps && i < 2 && tensors.size() > 1) axis = 1 - i;
    std::vector<Size> sides(tensors.size(), Size{1});
    sides[axis] = Size{-1};
    const std::string aligned = operation.reshape(tensors[i].name, sides);
    TRY(operation.output(operation.add("Expand", {aligned, shape}), i));
  }
  return {};
}

Status lower_broadcast_tensors(Operation& operation) {
  const auto tensors = TRY(operation.tensors("tensors"));
  // What all of them broadcast to is the shape of a sum of zeros.
  std::string common;
  const std::string zero = TRY(number(operation, 0, DType::kFloat32));
  for (const Value& tensor : tensors) {
    const std::string zeros = operation.add("Mul", {operation.cast(tensor, DType::kFloat32).name, zero});
    common = common.empty() ? zeros : operation.add("Add", {common, zeros});
  }
  const std::string shape = operation.add("Shape", {common});
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    TRY(operation.output(operation.add("Expand", {tensors[i].name, shape}), i));
  }
  return {};
}

constexpr Operator kAxesOperators[] = {
    {"atleast_1d", lower_atleast_1d},
    {"broadcast_tensors", lower_broadcast_tensors},
    {"broadcast_to", lower_expand},
    {"expand", lower_expand},
    {"expand_as", lower_expand_as},
    {"expand_copy", lower_expand},
    {"meshgrid", lower_meshgrid},
    {"repeat", lower_repeat},
    {"repeat_interleave.self_int", lower_repeat_interleave},
    {"reshape_as", lower_view_as},
    {"squeeze", lower_squeeze},
    {"squeeze_copy", lower_squeeze},
    {"tile", lower_repeat},
    {"unflatten", lower_unflatten},
    {"unsqueeze", lower_unsqueeze},
    {"unsqueeze_copy", lower_unsqueeze},
    {"view_as", lower_view_as},
};

}  // namespace

std::span<const Operator> axes_operators() { return kAxesOperators; }

}  // namespace tandem::convert::aten
