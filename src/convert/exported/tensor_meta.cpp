// SPDX-License-Identifier: Apache-2.0
// Numbers are bounded so that nothing that is calculated from them can overflow.
#include "convert/exported/tensor_meta.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace tandem::convert::exported {
namespace {

constexpr std::size_t kMaxRank = 64;
constexpr std::int64_t kMaxElements = std::int64_t{1} << 44;
constexpr std::int64_t kStrided = 7;

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_identifier(std::string_view text) {
  const auto is_part = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && text.size() <= 64 && (text.front() < '0' || text.front() > '9') &&
         std::ranges::all_of(text, is_part);
}

/// {"as_int": 5} or {"as_expr": {"expr_str": ...}}
Result<Dim> read_sym_int(const JsonElement& value) {
  if (has(value, "as_int")) {
    const std::int64_t size = TRY(integer_field(value, "as_int"));
    if (size >= 0 && size <= kMaxElements) return Dim::fixed(size);
    return invalid_argument(fmt::format("a tensor's size, stride or offset of {} is out of range", size));
  }
  return dim_of_expression(TRY(text_field(TRY(field(value, "as_expr")), "expr_str")));
}

Status check_count(const std::vector<Dim>& sizes) {
  std::int64_t count = 1;
  for (const Dim& dim : sizes) {
    if (!dim.is_fixed() || dim.size == 0) continue;
    if (count > kMaxElements / dim.size) return invalid_argument("a tensor has more elements than any machine holds");
    count *= dim.size;
  }
  return {};
}

}  // namespace

DType dtype_of_number(std::int64_t number) {
  switch (number) {
    case 1: return DType::kUint8;
    case 2: return DType::kInt8;
    case 3: return DType::kInt16;
    case 4: return DType::kInt32;
    case 5: return DType::kInt64;
    case 6: return DType::kFloat16;
    case 7: return DType::kFloat32;
    case 8: return DType::kFloat64;
    case 10: return DType::kComplex64;
    case 11: return DType::kComplex128;
    case 12: return DType::kBool;
    case 13: return DType::kBfloat16;
    case 28: return DType::kUint16;
    case 29: return DType::kFloat8e4m3fn;
    case 30: return DType::kFloat8e5m2;
    case 31: return DType::kFloat8e4m3fnuz;
    case 32: return DType::kFloat8e5m2fnuz;
    case 34: return DType::kUint32;
    case 35: return DType::kUint64;
    default: return DType::kUndefined;
  }
}

Dim dim_of_expression(std::string_view expression) {
  constexpr std::string_view kSymbol = "Symbol('";
  constexpr std::string_view kInteger = "Integer(";
  if (is_identifier(expression)) return Dim::symbol(std::string(expression));
  if (expression.starts_with(kSymbol)) {
    const std::string_view rest = expression.substr(kSymbol.size());
    const std::string_view name = rest.substr(0, rest.find('\''));
    const auto close = rest.find(')');
    if (is_identifier(name) && close + 1 == rest.size()) return Dim::symbol(std::string(name));
  }
  if (expression.starts_with(kInteger) && expression.ends_with(')')) {
    const auto size = parse_integer(expression.substr(kInteger.size(), expression.size() - kInteger.size() - 1));
    if (size && *size >= 0 && *size <= kMaxElements) return Dim::fixed(*size);
  }
  return Dim();
}

Result<TensorMeta> read_tensor_meta(const JsonElement& json) {
  if (has(json, "layout") && TRY(integer_field(json, "layout")) != kStrided) {
    return fail(Code::kUnimplemented, "sparse tensors are not supported; call to_dense() before the export");
  }
  TensorMeta meta;
  meta.dtype = dtype_of_number(TRY(integer_field(json, "dtype")));
  TRY(for_each(TRY(field(json, "sizes")), [&](const JsonElement& size) -> Status {
    meta.sizes.push_back(TRY(read_sym_int(size)));
    return {};
  }));
  TRY(for_each(TRY(field(json, "strides")), [&](const JsonElement& stride) -> Status {
    const Dim step = TRY(read_sym_int(stride));
    meta.strides.push_back(step.is_fixed() ? std::optional(step.size) : std::nullopt);
    return {};
  }));
  if (meta.sizes.size() > kMaxRank || meta.strides.size() != meta.sizes.size()) {
    return invalid_argument(
        fmt::format("a tensor has {} sizes and {} strides", meta.sizes.size(), meta.strides.size()));
  }
  TRY(check_count(meta.sizes));
  if (has(json, "storage_offset")) {
    const Dim offset = TRY(read_sym_int(TRY(field(json, "storage_offset"))));
    meta.offset = offset.is_fixed() ? offset.size : 0;
  }
  return meta;
}

aten::ValueInfo value_info(const TensorMeta& meta) {
  aten::ValueInfo info;
  info.dtype = meta.dtype;
  info.shape.dims = meta.sizes;
  std::int64_t expected = 1;
  for (std::size_t axis = meta.sizes.size(); axis-- > 0 && expected > 0;) {
    const Dim& size = meta.sizes[axis];
    if (!meta.strides[axis]) break;
    if (size.size != 1 && *meta.strides[axis] != expected) info.contiguous = false;
    expected = size.is_fixed() ? expected * size.size : 0;
  }
  return info;
}

}  // namespace tandem::convert::exported
