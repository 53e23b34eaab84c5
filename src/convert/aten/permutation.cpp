// SPDX-License-Identifier: Apache-2.0
// The same elements in another order of axes, and blocks of them moved between channels and space.
#include <utility>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

Status lower_permute(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  Integers order = TRY(operation.axes("dims", self.rank()));
  if (static_cast<std::int64_t>(order.size()) != self.rank()) return operation.wrong("an order of other axes");
  if (order.empty()) return operation.output(self);
  return operation.output(transpose(operation, self.name, std::move(order)));
}

Status swap_axes(Operation& operation, std::string_view first_argument, std::string_view second_argument) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t first = TRY(operation.axis(first_argument, self.rank()));
  const std::int64_t second = TRY(operation.axis(second_argument, self.rank()));
  if (first == second) return operation.output(self);
  Integers order = all_axes(self.rank());
  std::swap(order[static_cast<std::size_t>(first)], order[static_cast<std::size_t>(second)]);
  return operation.output(transpose(operation, self.name, std::move(order)));
}

Status lower_transpose(Operation& operation) { return swap_axes(operation, "dim0", "dim1"); }
Status lower_swapaxes(Operation& operation) { return swap_axes(operation, "axis0", "axis1"); }

/// t of a matrix, T of any tensor. A weight that is transposed stays a constant.
Status lower_reversed(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  if (self.rank() < 2) return operation.output(self);
  if (self.rank() == 2) return operation.output(TRY(operation.transposed(self)));
  Integers order = all_axes(self.rank());
  std::ranges::reverse(order);
  return operation.output(transpose(operation, self.name, std::move(order)));
}

/// The last two axes.
Status lower_matrix_transpose(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  if (self.rank() < 2) return operation.output(self);
  Integers order = all_axes(self.rank());
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return operation.output(transpose(operation, self.name, std::move(order)));
}

Status lower_movedim(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Integers sources = TRY(operation.axes("source", self.rank()));
  const Integers targets = TRY(operation.axes("destination", self.rank()));
  if (sources.size() != targets.size()) return operation.wrong("as many destinations as sources");
  Integers order(static_cast<std::size_t>(self.rank()), -1);
  for (std::size_t i = 0; i < sources.size(); ++i) order[static_cast<std::size_t>(targets[i])] = sources[i];
  std::int64_t next = 0;
  for (std::int64_t& axis : order) {
    if (axis >= 0) continue;
    while (std::ranges::find(sources, next) != sources.end()) ++next;
    axis = next++;
  }
  return operation.output(transpose(operation, self.name, std::move(order)));
}

/// Quarter turns from the first axis to the second.
Status lower_rot90(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Integers axes = TRY(operation.axes("dims", self.rank()));
  if (axes.size() != 2 || axes[0] == axes[1]) return operation.wrong("two different axes");
  const std::int64_t turns = ((TRY(operation.integer("k")) % 4) + 4) % 4;
  const auto flipped = [&](const std::string& value, std::int64_t axis) {
    constexpr std::int64_t kBeforeTheFirst = std::numeric_limits<std::int64_t>::min();
    return slice(operation, value, {axis, Size{-1}, Size{kBeforeTheFirst}, -1});
  };
  Integers order = all_axes(self.rank());
  std::swap(order[static_cast<std::size_t>(axes[0])], order[static_cast<std::size_t>(axes[1])]);
  if (turns == 0) return operation.output(self);
  if (turns == 1) return operation.output(transpose(operation, flipped(self.name, axes[1]), order));
  if (turns == 2) return operation.output(flipped(flipped(self.name, axes[0]), axes[1]));
  return operation.output(flipped(transpose(operation, self.name, order), axes[1]));
}

/// ONNX's own operator counts the blocks' elements behind the channels ("CRD"), as PyTorch does, and needs a batch.
Status lower_pixel_shuffle(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  if (self.rank() != 4) return operation.refuse("only of images with a batch");
  return operation.output(operation.add(
      "DepthToSpace", {self.name}, attributes("blocksize", TRY(operation.integer("upscale_factor")), "mode", "CRD")));
}

/// The inverse; ONNX's SpaceToDepth counts the other way.
Status lower_pixel_unshuffle(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t factor = TRY(operation.integer("downscale_factor"));
  if (self.rank() != 4 || factor < 1) return operation.refuse("only of images with a batch");
  const auto divided = [&](std::int64_t axis) -> Result<Size> {
    const std::int64_t size = self.size(axis);
    if (size < 0 || size % factor != 0)
      return operation.refuse("height and width must be known multiples of the factor");
    return Size{size / factor};
  };
  const Size height = TRY(divided(2));
  const Size width = TRY(divided(3));
  if (self.size(1) < 0) return operation.refuse("the number of channels must be known");
  const std::int64_t channels = TRY(product(operation, {self.size(1), factor, factor}));
  const Size batch = operation.size_of(self, 0);
  const std::string blocks =
      operation.reshape(self.name, {batch, Size{self.size(1)}, height, Size{factor}, width, Size{factor}});
  const std::string moved = transpose(operation, blocks, {0, 1, 3, 5, 2, 4});
  return operation.output(operation.reshape(moved, {batch, Size{channels}, height, width}));
}

Status lower_channel_shuffle(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t groups = TRY(operation.integer("groups"));
  if (self.rank() < 3 || self.size(1) < 0 || groups < 1 || self.size(1) % groups != 0) {
    return operation.refuse("the number of channels must be a known multiple of the groups");
  }
  const std::string grouped =
      operation.add("Reshape", {self.name, operation.integers_value({0, groups, self.size(1) / groups, -1})});
  const std::string swapped = transpose(operation, grouped, {0, 2, 1, 3});
  return operation.output(operation.add("Reshape", {swapped, shape_of(operation, self)}));
}

constexpr Operator kPermutationOperators[] = {
    {"H", lower_reversed},
    {"T", lower_reversed},
    {"adjoint", lower_matrix_transpose},
    {"channel_shuffle", lower_channel_shuffle},
    {"mH", lower_matrix_transpose},
    {"mT", lower_matrix_transpose},
    {"matrix_H", lower_reversed},
    {"moveaxis", lower_movedim},
    {"movedim", lower_movedim},
    {"native_channel_shuffle", lower_channel_shuffle},
    {"numpy_T", lower_reversed},
    {"permute", lower_permute},
    {"permute_copy", lower_permute},
    {"pixel_shuffle", lower_pixel_shuffle},
    {"pixel_unshuffle", lower_pixel_unshuffle},
    {"rot90", lower_rot90},
    {"swapaxes", lower_swapaxes},
    {"swapdims", lower_transpose},
    {"t", lower_reversed},
    {"transpose", lower_transpose},
    {"transpose_copy", lower_transpose},
};

}  // namespace

std::span<const Operator> permutation_operators() { return kPermutationOperators; }

}  // namespace tandem::convert::aten
