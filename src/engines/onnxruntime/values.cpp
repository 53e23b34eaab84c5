// SPDX-License-Identifier: Apache-2.0
// Wraps and unwraps; the numbers of DType and of ONNX Runtime's element types are the same (model_info.cpp asserts it).
#include "engines/onnxruntime/values.h"

#include <fmt/format.h>
#include <onnxruntime_c_api.h>

#include <algorithm>

namespace tandem::onnxruntime {
namespace {

Result<Handle<OrtValue>> wrap_strings(const Runtime& runtime, const Tensor& tensor) {
  const OrtApi& api = runtime.api();
  const auto& dims = tensor.shape().dims();
  OrtValue* value = nullptr;
  TRY(check(api, api.CreateTensorAsOrtValue(&runtime.allocator(), dims.data(), dims.size(),
                                            ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING, &value)));
  Handle<OrtValue> held(value, api.ReleaseValue);
  const auto strings = tensor.strings();
  for (std::size_t i = 0; i < strings.size(); ++i) {  // one by one: FillStringTensor would end at a NUL
    char* place = nullptr;
    TRY(check(api, api.GetResizedStringTensorElementBuffer(value, i, strings[i].size(), &place)));
    std::copy(strings[i].begin(), strings[i].end(), place);
  }
  return held;
}

Result<Tensor> unwrap_strings(const OrtApi& api, const OrtValue& value, Shape shape) {
  Tensor tensor = TRY(Tensor::allocate(DType::kString, std::move(shape)));
  const auto strings = tensor.mutable_strings();
  for (std::size_t i = 0; i < strings.size(); ++i) {
    std::size_t length = 0;
    TRY(check(api, api.GetStringTensorElementLength(&value, i, &length)));
    strings[i].resize(length);
    if (length > 0) TRY(check(api, api.GetStringTensorElement(&value, length, i, strings[i].data())));
  }
  return tensor;
}

struct TensorType {
  ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  Shape shape;
};

Result<TensorType> read_tensor_type(const OrtApi& api, const OrtValue& value) {
  OrtTensorTypeAndShapeInfo* info = nullptr;
  TRY(check(api, api.GetTensorTypeAndShape(&value, &info)));
  const Handle<OrtTensorTypeAndShapeInfo> held(info, api.ReleaseTensorTypeAndShapeInfo);
  TensorType type;
  std::size_t rank = 0;
  TRY(check(api, api.GetTensorElementType(info, &type.element)));
  TRY(check(api, api.GetDimensionsCount(info, &rank)));
  std::vector<std::int64_t> dims(rank);
  TRY(check(api, api.GetDimensions(info, dims.data(), rank)));
  type.shape = Shape(std::move(dims));
  return type;
}

}  // namespace

Result<Handle<OrtValue>> wrap(const Runtime& runtime, const Tensor& tensor) {
  if (tensor.dtype() == DType::kString) return wrap_strings(runtime, tensor);
  const OrtApi& api = runtime.api();
  const auto& dims = tensor.shape().dims();
  // A tensor without elements may have no memory; ONNX Runtime wants an address all the same.
  static std::byte nothing[1];
  void* data = tensor.data() != nullptr ? const_cast<void*>(tensor.data()) : nothing;
  OrtValue* value = nullptr;
  TRY(check(
      api, api.CreateTensorWithDataAsOrtValue(&runtime.cpu_memory(), data, tensor.byte_size(), dims.data(), dims.size(),
                                              static_cast<ONNXTensorElementDataType>(tensor.dtype()), &value)));
  return Handle<OrtValue>(value, api.ReleaseValue);
}

Result<Tensor> unwrap(const Runtime& runtime, Handle<OrtValue> value) {
  const OrtApi& api = runtime.api();
  auto kind = ONNX_TYPE_UNKNOWN;
  TRY(check(api, api.GetValueType(value.get(), &kind)));
  if (kind != ONNX_TYPE_TENSOR)
    return fail(Code::kUnimplemented, "the result is no tensor; only tensors can be returned");
  TensorType type = TRY(read_tensor_type(api, *value));
  if (type.element == ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING) return unwrap_strings(api, *value, std::move(type.shape));
  const auto dtype = static_cast<unsigned>(type.element);
  const auto count = type.shape.element_count();
  const auto size = dtype < kDTypeCount && count
                        ? byte_size(static_cast<DType>(dtype), static_cast<std::size_t>(*count))
                        : std::nullopt;
  if (!size) {
    return fail(Code::kUnimplemented,
                fmt::format("the result has element type {} of ONNX, which Tandem does not know", dtype));
  }
  void* data = nullptr;
  TRY(check(api, api.GetTensorMutableData(value.get(), &data)));
  return Tensor::borrow(static_cast<DType>(dtype), std::move(type.shape),
                        std::span(static_cast<std::byte*>(data), *size),
                        std::shared_ptr<const void>(value.release(), [&api](const void* held) {
                          api.ReleaseValue(static_cast<OrtValue*>(const_cast<void*>(held)));
                        }));
}

}  // namespace tandem::onnxruntime
