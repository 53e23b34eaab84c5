// SPDX-License-Identifier: Apache-2.0
// Orders: the largest few, sorting, medians. All of them are TopK.
#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

struct Ordered {
  std::string values;
  std::string positions;
};

Ordered top(Operation& operation, const Value& self, std::int64_t axis, const Size& count, bool largest) {
  const auto outputs = operation.add_many("TopK", {self.name, operation.shape_value({count})}, 2,
                                          attributes("axis", axis, "largest", std::int64_t{largest}));
  return {outputs[0], outputs[1]};
}

/// TopK takes no bool and has no order without dimensions.
Result<Value> sortable(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  if (self.rank() == 0) return operation.refuse("a tensor without dimensions has no order");
  return self.dtype() == DType::kBool ? operation.cast(self, DType::kInt32) : self;
}

Status give_ordered(Operation& operation, const Value& self, const Ordered& ordered) {
  const DType dtype = TRY(operation.tensor("self")).dtype();
  TRY(operation.output(operation.cast(typed(ordered.values, self.dtype()), dtype), 0));
  return operation.output(ordered.positions, 1);
}

Status lower_topk(Operation& operation) {
  const Value self = TRY(sortable(operation));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  const Size count = TRY(operation.size("k"));
  return give_ordered(operation, self, top(operation, self, axis, count, TRY(operation.flag("largest"))));
}

Result<Ordered> sorted(Operation& operation, const Value& self) {
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  return top(operation, self, axis, operation.size_of(self, axis), TRY(operation.flag("descending")));
}

Status lower_sort(Operation& operation) {
  const Value self = TRY(sortable(operation));
  return give_ordered(operation, self, TRY(sorted(operation, self)));
}

Status lower_argsort(Operation& operation) {
  const Value self = TRY(sortable(operation));
  return operation.output(TRY(sorted(operation, self)).positions);
}

/// The k-th smallest of an axis, counted from 1.
Status smallest(Operation& operation, const Value& self, std::int64_t axis, const Size& k) {
  const Ordered ordered = top(operation, self, axis, k, false);
  const bool keep = TRY(operation.flag("keepdim"));
  const auto last = [&](const std::string& value) {
    const std::string row = slice(operation, value, {axis, Size{-1}});
    return keep ? row : squeeze(operation, row, {axis});
  };
  return give_ordered(operation, self, {last(ordered.values), last(ordered.positions)});
}

Status lower_kthvalue(Operation& operation) {
  const Value self = TRY(sortable(operation));
  return smallest(operation, self, TRY(operation.axis("dim", self.rank())), TRY(operation.size("k")));
}

/// Of an even count the lower one of the two in the middle.
Status lower_median_of_axis(Operation& operation) {
  const Value self = TRY(sortable(operation));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  if (self.size(axis) < 0) return operation.refuse("the axis must have a known size");
  return smallest(operation, self, axis, Size{(self.size(axis) + 1) / 2});
}

constexpr Operator kOrderingOperators[] = {
    {"argsort", lower_argsort}, {"kthvalue", lower_kthvalue}, {"median.dim", lower_median_of_axis},
    {"sort", lower_sort},       {"topk", lower_topk},
};

}  // namespace

std::span<const Operator> ordering_operators() { return kOrderingOperators; }

}  // namespace tandem::convert::aten
