// SPDX-License-Identifier: Apache-2.0
// Products of matrices.
#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// x W^T + b. Gemm takes matrices and a bias only.
Status lower_linear(Operation& operation) {
  const Value input = TRY(operation.tensor("input"));
  const Value weight = TRY(operation.tensor("weight"));
  const auto bias = TRY(operation.optional_tensor("bias"));
  if (input.rank() == 2 && weight.rank() == 2 && bias) {
    return operation.output(
        operation.add("Gemm", {input.name, weight.name, bias->name}, attributes("transB", std::int64_t{1})));
  }
  if (weight.rank() != 2) return operation.refuse("the weight must have 2 dimensions");
  return operation.output(TRY(linear(operation, input.name, weight, bias)));
}

constexpr Operator kLinearOperators[] = {
    {"linear", lower_linear},
};

}  // namespace

std::span<const Operator> linear_operators() { return kLinearOperators; }

}  // namespace tandem::convert::aten
