// SPDX-License-Identifier: Apache-2.0
// The few nodes that most operators are made of, in opset 17's forms: slices, reductions, axes, numbers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "convert/aten/operators.h"

namespace tandem::convert::aten {

using Integers = std::vector<std::int64_t>;

/// ONNX's name of an operator as a template argument: lower_unary<"Exp">.
struct OpType {
  char text[32] = {};
  template <std::size_t N>
  constexpr OpType(const char (&given)[N]) {  // NOLINT(google-explicit-constructor): it stands for the text itself
    std::copy_n(given, N, text);
  }
  constexpr std::string_view name() const { return text; }
};

/// So many elements may a table have that is made here and not read from the file.
constexpr std::int64_t kLargestTable = 1 << 22;
constexpr std::int64_t kEndOfAxis = std::numeric_limits<std::int64_t>::max();

/// A value of which only the element type matters.
Value typed(std::string name, DType dtype);
/// Floating point as it is; integers and bool as float32.
Value floating(Operation& operation, const Value& value);
/// PyTorch's type for sums of this one: int64 for integers and bool.
DType sum_dtype(DType dtype);

/// A constant [] of that type.
Result<std::string> number(Operation& operation, double value, DType dtype);
/// float32 [...] with these values; a constant.
Result<std::string> reals(Operation& operation, std::string_view name, Shape shape, const std::vector<float>& values);

/// int64 of that shape, for tables too long to be told apart by their content. Errors also: more than 4 million
/// numbers.
Result<std::string> integer_table(Operation& operation, std::string_view name, Shape shape, const Integers& values);
/// Of sizes that a file gives. Errors: invalid_argument (it leaves what a tensor may have).
Result<std::int64_t> product(const Operation& operation, std::initializer_list<std::int64_t> factors);

/// A node of two inputs, the second one a number of the first one's type.
Result<std::string> with_number(Operation& operation, std::string_view op_type, const Value& value, double second);

/// 0.5 * x * (1 + erf(x / sqrt(2)))
Result<std::string> gelu(Operation& operation, const Value& value);
/// x W^T + b; the weight, a matrix, is transposed once.
Result<std::string> linear(Operation& operation, const std::string& input, const Value& weight,
                           const std::optional<Value>& bias);

std::string squeeze(Operation& operation, const std::string& value, Integers axes);
std::string unsqueeze(Operation& operation, const std::string& value, Integers axes);
std::string transpose(Operation& operation, const std::string& value, Integers order);
std::string concat(Operation& operation, std::vector<std::string> parts, std::int64_t axis);
/// 0, 1 ... rank - 1
Integers all_axes(std::int64_t rank);

/// What of an axis is taken. `end` kEndOfAxis: to the end.
struct Range {
  std::int64_t axis = 0;
  Size begin;
  Size end = Size{kEndOfAxis};
  std::int64_t step = 1;
};
std::string slice(Operation& operation, const std::string& value, const Range& range);
/// The tensor with what slice() would take replaced by `part`.
std::string replace_slice(Operation& operation, const Value& value, const Range& range, const std::string& part);

/// ReduceSum, ReduceMean ... over these axes; over all of them when there is none.
std::string reduce(Operation& operation, std::string_view op_type, const std::string& value, const Integers& axes,
                   bool keep);

/// int64 [rank]
std::string shape_of(Operation& operation, const Value& value);
/// Gives the result; in place it takes the type of what is written.
Status give(Operation& operation, const Value& result);
Status give(Operation& operation, std::string result, DType dtype);

/// A list with one number an axis; one number stands for all.
Result<Integers> integers_for(Operation& operation, std::string_view argument, std::size_t axes);

}  // namespace tandem::convert::aten
