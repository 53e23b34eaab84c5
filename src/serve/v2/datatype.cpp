// SPDX-License-Identifier: Apache-2.0
// One table for both spellings.
#include "serve/v2/datatype.h"

#include <array>

namespace tandem::serve {
namespace {

struct Row {
  DType dtype;
  std::string_view name;
  std::string_view config_type;
};
constexpr std::array<Row, 14> kTable{{
    {DType::kFloat32, "FP32", "TYPE_FP32"},
    {DType::kInt64, "INT64", "TYPE_INT64"},
    {DType::kInt32, "INT32", "TYPE_INT32"},
    {DType::kUint8, "UINT8", "TYPE_UINT8"},
    {DType::kString, "BYTES", "TYPE_STRING"},
    {DType::kBool, "BOOL", "TYPE_BOOL"},
    {DType::kFloat16, "FP16", "TYPE_FP16"},
    {DType::kBfloat16, "BF16", "TYPE_BF16"},
    {DType::kFloat64, "FP64", "TYPE_FP64"},
    {DType::kInt8, "INT8", "TYPE_INT8"},
    {DType::kInt16, "INT16", "TYPE_INT16"},
    {DType::kUint16, "UINT16", "TYPE_UINT16"},
    {DType::kUint32, "UINT32", "TYPE_UINT32"},
    {DType::kUint64, "UINT64", "TYPE_UINT64"},
}};

const Row* find(DType dtype) {
  for (const Row& row : kTable) {
    if (row.dtype == dtype) return &row;
  }
  return nullptr;
}

}  // namespace

std::string_view v2_datatype(DType dtype) {
  const Row* row = find(dtype);
  return row == nullptr ? "INVALID" : row->name;
}

std::optional<DType> parse_v2_datatype(std::string_view name) {
  for (const Row& row : kTable) {
    if (row.name == name) return row.dtype;
  }
  return std::nullopt;
}

std::string_view v2_config_type(DType dtype) {
  const Row* row = find(dtype);
  return row == nullptr ? "TYPE_INVALID" : row->config_type;
}

bool has_json_form(DType dtype) {
  return find(dtype) != nullptr && dtype != DType::kFloat16 && dtype != DType::kBfloat16;
}

}  // namespace tandem::serve
