// SPDX-License-Identifier: Apache-2.0
// Products of matrices.
#include "convert/aten/operators.h"

namespace tandem::convert::aten {
namespace {

/// x W^T + b. Gemm takes matrices and a bias only; else the weight is transposed here, once.
Status lower_linear(Operation& operation) {
  const Value input = TRY(operation.tensor("input"));
  const Value weight = TRY(operation.tensor("weight"));
  const auto bias = TRY(operation.optional_tensor("bias"));
  if (input.rank() == 2 && weight.rank() == 2 && bias) {
    return operation.output(
        operation.add("Gemm", {input.name, weight.name, bias->name}, attributes("transB", std::int64_t{1})));
  }
  if (weight.rank() != 2) return operation.refuse("the weight must have 2 dimensions");
  const std::string columns = TRY(operation.transposed(weight));
  std::string product = operation.add("MatMul", {input.name, columns});
  if (bias) product = operation.add("Add", {product, bias->name});
  return operation.output(std::move(product));
}

constexpr Operator kLinearOperators[] = {
    {"linear", lower_linear},
};

}  // namespace

std::span<const Operator> linear_operators() { return kLinearOperators; }

}  // namespace tandem::convert::aten
