// SPDX-License-Identifier: Apache-2.0
// One table of types, and tensors that share memory.
#include "engines/libtorch/values.h"

#include <ATen/ATen.h>
#include <ATen/core/function_schema.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace tandem::libtorch {
namespace {

struct TypePair {
  DType dtype;
  c10::ScalarType scalar;
};

/// What is missing: strings, and types of 4 bits.
constexpr std::array kTypes = {
    TypePair{DType::kFloat32, c10::ScalarType::Float},
    TypePair{DType::kUint8, c10::ScalarType::Byte},
    TypePair{DType::kInt8, c10::ScalarType::Char},
    TypePair{DType::kUint16, c10::ScalarType::UInt16},
    TypePair{DType::kInt16, c10::ScalarType::Short},
    TypePair{DType::kInt32, c10::ScalarType::Int},
    TypePair{DType::kInt64, c10::ScalarType::Long},
    TypePair{DType::kBool, c10::ScalarType::Bool},
    TypePair{DType::kFloat16, c10::ScalarType::Half},
    TypePair{DType::kFloat64, c10::ScalarType::Double},
    TypePair{DType::kUint32, c10::ScalarType::UInt32},
    TypePair{DType::kUint64, c10::ScalarType::UInt64},
    TypePair{DType::kComplex64, c10::ScalarType::ComplexFloat},
    TypePair{DType::kComplex128, c10::ScalarType::ComplexDouble},
    TypePair{DType::kBfloat16, c10::ScalarType::BFloat16},
    TypePair{DType::kFloat8e4m3fn, c10::ScalarType::Float8_e4m3fn},
    TypePair{DType::kFloat8e4m3fnuz, c10::ScalarType::Float8_e4m3fnuz},
    TypePair{DType::kFloat8e5m2, c10::ScalarType::Float8_e5m2},
    TypePair{DType::kFloat8e5m2fnuz, c10::ScalarType::Float8_e5m2fnuz},
};

constexpr int kDeepest = 16;
constexpr std::size_t kMostTensors = 4096;

class Flattening final {
 public:
  Flattening(std::vector<at::Tensor>& tensors, std::vector<std::string>& names) : tensors_(tensors), names_(names) {}

  Status add(const c10::IValue& value, const std::string& name, int depth) {
    if (depth > kDeepest || tensors_.size() > kMostTensors) {
      return fail(Code::kResourceExhausted, "the network's outputs are nested too deeply, or are more than 4096");
    }
    if (value.isTensor()) return add_tensor(value.toTensor(), name);
    if (value.isNone()) return {};
    if (value.isBool()) return add_tensor(at::scalar_tensor(value.toBool(), at::kBool), name);
    if (value.isInt()) return add_tensor(at::scalar_tensor(value.toInt(), at::kLong), name);
    if (value.isDouble()) return add_tensor(at::scalar_tensor(value.toDouble(), at::kFloat), name);
    if (value.isTuple()) return add_tuple(value.toTupleRef(), depth);
    if (value.isGenericDict()) return add_dict(value.toGenericDict(), depth);
    if (value.isList()) {
      for (const c10::IValue& item : value.toListRef()) TRY(add(item, "", depth + 1));
      return {};
    }
    return fail(Code::kUnimplemented, fmt::format("the network returns a value of type {}; only tensors, and tuples, "
                                                  "lists and dicts of them, can be returned",
                                                  value.tagKind()));
  }

 private:
  Status add_tensor(at::Tensor tensor, const std::string& name) {
    tensors_.push_back(std::move(tensor));
    names_.push_back(name);
    return {};
  }
  Status add_tuple(const c10::ivalue::Tuple& tuple, int depth) {
    const auto type = tuple.type<c10::TupleType>();
    const auto fields = type->schema() != nullptr ? type->schema()->arguments() : std::vector<c10::Argument>();
    for (std::size_t i = 0; i < tuple.elements().size(); ++i) {
      TRY(add(tuple.elements()[i], i < fields.size() ? fields[i].name() : "", depth + 1));
    }
    return {};
  }
  Status add_dict(const c10::Dict<c10::IValue, c10::IValue>& dict, int depth) {
    for (const auto& entry : dict) {
      TRY(add(entry.value(), entry.key().isString() ? entry.key().toStringRef() : "", depth + 1));
    }
    return {};
  }

  std::vector<at::Tensor>& tensors_;
  std::vector<std::string>& names_;
};

}  // namespace

DType to_dtype(c10::ScalarType type) {
  const auto* const found = std::ranges::find(kTypes, type, &TypePair::scalar);
  return found == kTypes.end() ? DType::kUndefined : found->dtype;
}

c10::ScalarType to_scalar_type(DType dtype) {
  const auto* const found = std::ranges::find(kTypes, dtype, &TypePair::dtype);
  return found == kTypes.end() ? c10::ScalarType::Undefined : found->scalar;
}

at::Tensor wrap(const Tensor& tensor) {
  return at::from_blob(const_cast<void*>(tensor.data()), tensor.shape().dims(),
                       at::TensorOptions().dtype(to_scalar_type(tensor.dtype())));
}

Result<at::Tensor> to_dense(const at::Tensor& value) {
  if (!value.defined()) return internal_error("the result is no tensor");
  const bool plain = value.layout() == at::kStrided && !value.is_quantized();
  if (!plain || to_dtype(value.scalar_type()) == DType::kUndefined) {
    return fail(Code::kUnimplemented,
                fmt::format("the result is a tensor of {}{}, which Tandem does not know",
                            plain ? "" : "another layout, of ", c10::toString(value.scalar_type())));
  }
  return value.resolve_conj().resolve_neg().cpu().contiguous();
}

Result<Tensor> unwrap(at::Tensor dense) {
  const DType dtype = to_dtype(dense.scalar_type());
  Shape shape(std::vector<std::int64_t>(dense.sizes().begin(), dense.sizes().end()));
  // Else it is an input's memory, a weight's, or part of another result's.
  const bool is_alone = dense.use_count() == 1 && dense.storage().use_count() == 1 && dense.nbytes() > 0;
  if (!is_alone) {
    Tensor copy = TRY(Tensor::allocate(dtype, std::move(shape)));
    if (copy.byte_size() > 0) std::memcpy(copy.mutable_data(), dense.const_data_ptr(), copy.byte_size());
    return copy;
  }
  const auto held = std::make_shared<at::Tensor>(std::move(dense));
  auto* const data = static_cast<std::byte*>(held->mutable_data_ptr());
  return Tensor::borrow(dtype, std::move(shape), std::span<std::byte>(data, held->nbytes()), held);
}

Status flatten(const c10::IValue& value, std::vector<at::Tensor>& tensors, std::vector<std::string>& names) {
  return Flattening(tensors, names).add(value, "", 0);
}

}  // namespace tandem::libtorch
