// SPDX-License-Identifier: Apache-2.0
// The same elements under another shape.
#include "convert/aten/operators.h"

namespace tandem::convert::aten {
namespace {

Status lower_view(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::string_view argument = operation.argument("size") != nullptr ? "size" : "shape";
  return operation.output(operation.reshape(self.name, TRY(operation.sizes(argument))));
}

/// The sizes between two axes become their product.
Status lower_flatten(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t first = TRY(operation.axis("start_dim", self.rank()));
  const std::int64_t last = TRY(operation.axis("end_dim", self.rank()));
  if (last < first) return operation.wrong("start_dim stands behind end_dim");
  if (self.rank() == 0) return operation.output(operation.reshape(self.name, {Size{1}}));
  if (first == last) return operation.output(self);
  if (first == 1 && last == self.rank() - 1) {
    return operation.output(operation.add("Flatten", {self.name}, attributes("axis", std::int64_t{1})));
  }
  std::vector<Size> sizes = operation.sizes_of(self);
  std::int64_t product = 1;
  for (std::int64_t axis = first; axis <= last; ++axis) {
    product = self.size(axis) < 0 || product < 0 ? -1 : product * self.size(axis);
  }
  sizes.erase(sizes.begin() + first, sizes.begin() + last + 1);
  sizes.insert(sizes.begin() + first, Size{product});
  return operation.output(operation.reshape(self.name, std::move(sizes)));
}

Status lower_ravel(Operation& operation) {
  return operation.output(operation.reshape(TRY(operation.tensor("self")).name, {Size{-1}}));
}

constexpr Operator kReshapingOperators[] = {
    {"_unsafe_view", lower_view}, {"flatten", lower_flatten}, {"ravel", lower_ravel},
    {"reshape", lower_view},      {"view", lower_view},       {"view_copy", lower_view},
};

}  // namespace

std::span<const Operator> reshaping_operators() { return kReshapingOperators; }

}  // namespace tandem::convert::aten
