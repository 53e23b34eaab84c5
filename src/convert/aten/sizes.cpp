// SPDX-License-Identifier: Apache-2.0
// Numbers that are computed from the sizes of tensors: known where the sizes are, else int64 of rank 0.
#include "convert/aten/operators.h"

namespace tandem::convert::aten {
namespace {

Status lower_sym_size(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  if (self.rank() == 0) return operation.wrong("a tensor without dimensions has no size");
  return operation.output_size(operation.size_of(self, TRY(operation.axis("dim", self.rank()))));
}

constexpr Operator kOperators[] = {
    {"sym_size", lower_sym_size},
};

}  // namespace

std::span<const Operator> sizes_operators() { return kOperators; }

}  // namespace tandem::convert::aten
