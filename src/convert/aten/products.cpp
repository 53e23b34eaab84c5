// SPDX-License-Identifier: Apache-2.0
// Products of matrices and vectors other than linear layers, and distances that are made of them.
#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

bool is_one(Number number) { return number == Number(std::int64_t{1}) || number == Number(1.0); }

Status multiply(Operation& operation, std::string_view first, std::string_view second) {
  const std::vector<Value> values = TRY(operation.promoted({first, second}));
  return operation.output(operation.add("MatMul", {values[0].name, values[1].name}));
}

Status lower_matmul(Operation& operation) { return multiply(operation, "self", "other"); }
Status lower_mm(Operation& operation) { return multiply(operation, "self", "mat2"); }
Status lower_mv(Operation& operation) { return multiply(operation, "self", "vec"); }
Status lower_dot(Operation& operation) { return multiply(operation, "self", "tensor"); }

Status lower_outer(Operation& operation) {
  const std::vector<Value> values = TRY(operation.promoted({"self", "vec2"}));
  const std::string column = unsqueeze(operation, values[0].name, {1});
  return operation.output(operation.add("Mul", {column, values[1].name}));
}

/// The value times a factor that a call gives, where it is not 1.
Result<std::string> scaled(Operation& operation, std::string value, std::string_view factor, DType dtype) {
  if (is_one(TRY(operation.number(factor)))) return value;
  const std::string number = TRY(operation.number_as(factor, dtype));
  return operation.add("Mul", {value, number});
}

/// beta * self + alpha * product
Status add_product(Operation& operation, const Value& product) {
  const Value self = TRY(operation.tensor("self"));
  const std::string right = TRY(scaled(operation, product.name, "alpha", product.dtype()));
  if (TRY(operation.real("beta")) == 0) return operation.output(right);  // self may be NaN then
  const std::string left = TRY(scaled(operation, self.name, "beta", self.dtype()));
  return operation.output(operation.add("Add", {right, left}));
}

/// Gemm for floating point; a bias is broadcast over the rows.
Status lower_addmm(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Value left = TRY(operation.tensor("mat1"));
  const Value right = TRY(operation.tensor("mat2"));
  const auto alpha = static_cast<float>(TRY(operation.real("alpha")));
  const auto beta = static_cast<float>(TRY(operation.real("beta")));
  if (is_floating_point(self.dtype()) && beta != 0) {
    return operation.output(
        operation.add("Gemm", {left.name, right.name, self.name}, attributes("alpha", alpha, "beta", beta)));
  }
  return add_product(operation, typed(operation.add("MatMul", {left.name, right.name}), left.dtype()));
}

Status lower_baddbmm(Operation& operation) {
  const Value left = TRY(operation.tensor("batch1"));
  const Value right = TRY(operation.tensor("batch2"));
  return add_product(operation, typed(operation.add("MatMul", {left.name, right.name}), left.dtype()));
}

Status lower_addbmm(Operation& operation) {
  const Value left = TRY(operation.tensor("batch1"));
  const Value right = TRY(operation.tensor("batch2"));
  const std::string products = operation.add("MatMul", {left.name, right.name});
  return add_product(operation, typed(reduce(operation, "ReduceSum", products, {0}, false), left.dtype()));
}

Status lower_addmv(Operation& operation) {
  const Value matrix = TRY(operation.tensor("mat"));
  const Value vector = TRY(operation.tensor("vec"));
  return add_product(operation, typed(operation.add("MatMul", {matrix.name, vector.name}), matrix.dtype()));
}

/// y_k = x1 W_k x2 + b_k
Status lower_bilinear(Operation& operation) {
  const Value first = TRY(operation.tensor("input1"));
  const Value second = TRY(operation.tensor("input2"));
  const Value weight = TRY(operation.tensor("weight"));
  // [..., 1, 1, in1] x [out, in1, in2] -> [..., out, 1, in2], times [..., 1, 1, in2], summed.
  const std::string row = unsqueeze(operation, first.name, {-2, -3});
  const std::string rows = operation.add("MatMul", {row, weight.name});
  const std::string products = operation.add("Mul", {rows, unsqueeze(operation, second.name, {-2, -3})});
  std::string result = reduce(operation, "ReduceSum", products, {-1, -2}, false);
  if (const auto bias = TRY(operation.optional_tensor("bias"))) result = operation.add("Add", {result, bias->name});
  return operation.output(result);
}

/// Core ATen's form of it: three tensors get new axes of size 1, are multiplied, and summed over axes.
Status lower_trilinear(Operation& operation) {
  std::string product;
  for (const auto& [tensor, expand] : {std::pair{"i1", "expand1"}, {"i2", "expand2"}, {"i3", "expand3"}}) {
    const Value value = TRY(operation.tensor(tensor));
    const Integers axes = TRY(operation.integers(expand));
    const std::string wide = axes.empty() ? value.name : unsqueeze(operation, value.name, axes);
    product = product.empty() ? wide : operation.add("Mul", {product, wide});
  }
  const Integers axes = TRY(operation.integers("sumdim"));
  return operation.output(axes.empty() ? product : reduce(operation, "ReduceSum", product, axes, false));
}

/// x1 . x2 / (max(|x1|, eps) * max(|x2|, eps))
Status lower_cosine_similarity(Operation& operation) {
  const std::vector<Value> values = TRY(operation.promoted({"x1", "x2"}));
  const Integers axis = {TRY(operation.axis("dim", std::max(values[0].rank(), values[1].rank())))};
  const double epsilon = TRY(operation.real("eps"));
  const DType dtype = values[0].dtype();
  const std::string dots =
      reduce(operation, "ReduceSum", operation.add("Mul", {values[0].name, values[1].name}), axis, false);
  std::string lengths;
  for (const Value& value : values) {
    const Value norm = typed(reduce(operation, "ReduceL2", value.name, axis, false), dtype);
    const std::string kept = TRY(with_number(operation, "Max", norm, epsilon));
    lengths = lengths.empty() ? kept : operation.add("Mul", {lengths, kept});
  }
  return operation.output(operation.add("Div", {dots, lengths}));
}

/// The distance of every row of x1 to every row of x2.
Status lower_cdist(Operation& operation) {
  const std::vector<Value> values = TRY(operation.promoted({"x1", "x2"}));
  const double order = TRY(operation.real("p"));
  const std::string from = unsqueeze(operation, values[0].name, {-2});
  const std::string to = unsqueeze(operation, values[1].name, {-3});
  const std::string way = operation.add("Sub", {from, to});
  if (order == 2) return operation.output(reduce(operation, "ReduceL2", way, {-1}, false));
  if (order == 1) return operation.output(reduce(operation, "ReduceL1", way, {-1}, false));
  return operation.refuse("distances of order 1 and 2 only");
}

constexpr Operator kProductsOperators[] = {
    {"_cdist_forward", lower_cdist},
    {"_trilinear", lower_trilinear},
    {"addbmm", lower_addbmm},
    {"addmm", lower_addmm},
    {"addmv", lower_addmv},
    {"baddbmm", lower_baddbmm},
    {"bilinear", lower_bilinear},
    {"bmm", lower_mm},
    {"cdist", lower_cdist},
    {"cosine_similarity", lower_cosine_similarity},
    {"dot", lower_dot},
    {"matmul", lower_matmul},
    {"mm", lower_mm},
    {"mv", lower_mv},
    {"outer", lower_outer},
};

}  // namespace

std::span<const Operator> products_operators() { return kProductsOperators; }

}  // namespace tandem::convert::aten
