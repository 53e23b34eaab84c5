// SPDX-License-Identifier: Apache-2.0
// What is written over a tensor as a whole: one number, or another tensor. Views of it are the driver's business.
#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

Result<std::string> spread(Operation& operation, const Value& value) {
  const Value self = TRY(operation.tensor("self"));
  const std::string written = operation.cast(value, self.dtype()).name;
  if (value.shape() == self.shape() && !value.shape().unknown_rank) return written;
  return operation.add("Expand", {written, shape_of(operation, self)});
}

Status lower_fill(Operation& operation) {
  return operation.output(TRY(spread(operation, TRY(operation.tensor("value")))));
}

Status lower_zero(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::string zero = TRY(number(operation, 0, self.dtype()));
  return operation.output(operation.add("Expand", {zero, shape_of(operation, self)}));
}

Status lower_copy(Operation& operation) {
  const bool source = operation.argument("src") != nullptr;
  return operation.output(TRY(spread(operation, TRY(operation.tensor(source ? "src" : "other")))));
}

constexpr Operator kWritingOperators[] = {
    {"copy", lower_copy},  {"copy_", lower_copy}, {"fill", lower_fill},
    {"fill_", lower_fill}, {"zero", lower_zero},  {"zero_", lower_zero},
};

}  // namespace

std::span<const Operator> writing_operators() { return kWritingOperators; }

}  // namespace tandem::convert::aten
