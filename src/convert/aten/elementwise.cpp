// SPDX-License-Identifier: Apache-2.0
// Element by element: operators of one input that ONNX has as they are, and arithmetic of two.
#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

Status lower_relu(Operation& operation) {
  return operation.output(operation.add("Relu", {TRY(operation.tensor("self")).name}));
}

/// self + alpha * other, and the same with "-".
Status add_scaled(Operation& operation, std::string_view op_type) {
  std::vector<Value> values = TRY(operation.promoted({"self", "other"}));
  const DType dtype = values[0].dtype();
  const Number alpha = TRY(operation.number("alpha"));
  if (alpha != Number(std::int64_t{1}) && alpha != Number(1.0)) {
    const std::string factor = TRY(operation.number_as("alpha", dtype));
    values[1].name = operation.add("Mul", {values[1].name, factor});
  }
  // Sums of bool are sums of int64 in ONNX's terms only; PyTorch's is "or".
  if (dtype == DType::kBool) return give(operation, operation.add("Or", {values[0].name, values[1].name}), dtype);
  return give(operation, operation.add(op_type, {values[0].name, values[1].name}), dtype);
}

Status lower_add(Operation& operation) { return add_scaled(operation, "Add"); }
Status lower_sub(Operation& operation) { return add_scaled(operation, "Sub"); }

Status lower_mul(Operation& operation) {
  const std::vector<Value> values = TRY(operation.promoted({"self", "other"}));
  const DType dtype = values[0].dtype();
  return give(operation, operation.add(dtype == DType::kBool ? "And" : "Mul", {values[0].name, values[1].name}), dtype);
}

constexpr Operator kElementwiseOperators[] = {
    {"add", lower_add},   {"mul", lower_mul}, {"multiply", lower_mul},
    {"relu", lower_relu}, {"sub", lower_sub}, {"subtract", lower_sub},
};

}  // namespace

std::span<const Operator> elementwise_operators() { return kElementwiseOperators; }

}  // namespace tandem::convert::aten
