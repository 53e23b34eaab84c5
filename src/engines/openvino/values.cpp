// SPDX-License-Identifier: Apache-2.0
// One table of types, and tensors that share memory.
#include "engines/openvino/values.h"

#include <algorithm>
#include <array>
#include <openvino/core/partial_shape.hpp>
#include <openvino/core/type/element_type.hpp>
#include <openvino/runtime/tensor.hpp>

namespace tandem::openvino {
namespace {

struct TypePair {
  DType dtype;
  ov::element::Type_t element;
};

/// What is missing: complex numbers, and float8 without negative zero (fnuz).
constexpr std::array kTypes = {
    TypePair{DType::kFloat32, ov::element::Type_t::f32},
    TypePair{DType::kUint8, ov::element::Type_t::u8},
    TypePair{DType::kInt8, ov::element::Type_t::i8},
    TypePair{DType::kUint16, ov::element::Type_t::u16},
    TypePair{DType::kInt16, ov::element::Type_t::i16},
    TypePair{DType::kInt32, ov::element::Type_t::i32},
    TypePair{DType::kInt64, ov::element::Type_t::i64},
    TypePair{DType::kString, ov::element::Type_t::string},
    TypePair{DType::kBool, ov::element::Type_t::boolean},
    TypePair{DType::kFloat16, ov::element::Type_t::f16},
    TypePair{DType::kFloat64, ov::element::Type_t::f64},
    TypePair{DType::kUint32, ov::element::Type_t::u32},
    TypePair{DType::kUint64, ov::element::Type_t::u64},
    TypePair{DType::kBfloat16, ov::element::Type_t::bf16},
    TypePair{DType::kFloat8e4m3fn, ov::element::Type_t::f8e4m3},
    TypePair{DType::kFloat8e5m2, ov::element::Type_t::f8e5m2},
    TypePair{DType::kUint4, ov::element::Type_t::u4},
    TypePair{DType::kInt4, ov::element::Type_t::i4},
    TypePair{DType::kFloat4e2m1, ov::element::Type_t::f4e2m1},
};

}  // namespace

DType to_dtype(const ov::element::Type& type) {
  const auto element = static_cast<ov::element::Type_t>(type);
  const auto* const found = std::ranges::find(kTypes, element, &TypePair::element);
  return found == kTypes.end() ? DType::kUndefined : found->dtype;
}

ov::element::Type to_element_type(DType dtype) {
  const auto* const found = std::ranges::find(kTypes, dtype, &TypePair::dtype);
  return found == kTypes.end() ? ov::element::Type_t::dynamic : found->element;
}

SymbolicShape to_symbolic_shape(const ov::PartialShape& shape) {
  SymbolicShape symbolic;
  symbolic.unknown_rank = shape.rank().is_dynamic();
  if (symbolic.unknown_rank) return symbolic;
  for (const ov::Dimension& dim : shape) {
    symbolic.dims.push_back(dim.is_static() ? Dim::fixed(dim.get_length()) : Dim::symbol(""));
  }
  return symbolic;
}

ov::Tensor wrap(const Tensor& tensor) {
  // OpenVINO wants an address also where there is nothing; it reads inputs only, though it takes no pointer to const.
  static std::byte nothing[1];
  const void* data =
      tensor.dtype() == DType::kString ? static_cast<const void*>(tensor.strings().data()) : tensor.data();
  if (data == nullptr) data = nothing;
  const auto& dims = tensor.shape().dims();
  return {to_element_type(tensor.dtype()), ov::Shape(dims.begin(), dims.end()), const_cast<void*>(data)};
}

Result<Tensor> unwrap(const ov::Tensor& value) {
  const DType dtype = to_dtype(value.get_element_type());
  if (dtype == DType::kUndefined) {
    return fail(Code::kUnimplemented,
                "the result has element type " + value.get_element_type().to_string() + ", which Tandem does not know");
  }
  const ov::Shape& dims = value.get_shape();
  Shape shape(std::vector<std::int64_t>(dims.begin(), dims.end()));
  if (dtype == DType::kString) {
    const auto* strings = static_cast<const std::string*>(value.data());
    return Tensor::from_strings(std::move(shape), std::vector<std::string>(strings, strings + value.get_size()));
  }
  const auto held = std::make_shared<ov::Tensor>(value);
  auto* const data = static_cast<std::byte*>(held->data());
  return Tensor::borrow(dtype, std::move(shape), std::span<std::byte>(data, held->get_byte_size()), held);
}

}  // namespace tandem::openvino
