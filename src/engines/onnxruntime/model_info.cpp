// SPDX-License-Identifier: Apache-2.0
// From OrtSession's questions and answers to a ModelInfo.
#include "engines/onnxruntime/model_info.h"

#include <onnxruntime_c_api.h>

namespace tandem::onnxruntime {
namespace {

static_assert(ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING == static_cast<int>(DType::kString));
static_assert(ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16 == static_cast<int>(DType::kBfloat16));
static_assert(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT8E5M2FNUZ == static_cast<int>(DType::kFloat8e5m2fnuz));
static_assert(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT4 == static_cast<int>(DType::kInt4));

DType to_dtype(ONNXTensorElementDataType type) {
  const auto number = static_cast<unsigned>(type);
  return number < kDTypeCount ? static_cast<DType>(number) : DType::kUndefined;
}

Status read_type(const OrtApi& api, const OrtTypeInfo& type, const ModelFileFacts& facts, TensorSpec& spec) {
  const OrtTensorTypeAndShapeInfo* tensor = nullptr;
  TRY(check(api, api.CastTypeInfoToTensorInfo(&type, &tensor)));
  if (tensor == nullptr) return {};  // a sequence, a map or an optional
  auto element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  std::size_t rank = 0;
  TRY(check(api, api.GetTensorElementType(tensor, &element)));
  TRY(check(api, api.GetDimensionsCount(tensor, &rank)));
  spec.dtype = to_dtype(element);
  spec.shape.unknown_rank = rank == 0 && !facts.with_shape.contains(spec.name);
  std::vector<std::int64_t> sizes(rank);
  std::vector<const char*> names(rank);
  if (rank == 0) return {};
  TRY(check(api, api.GetDimensions(tensor, sizes.data(), rank)));
  TRY(check(api, api.GetSymbolicDimensions(tensor, names.data(), rank)));
  for (std::size_t axis = 0; axis < rank; ++axis) {
    spec.shape.dims.push_back(sizes[axis] >= 0 ? Dim::fixed(sizes[axis]) : Dim::symbol(names[axis]));
  }
  return {};
}

using CountOf = OrtStatus*(ORT_API_CALL*)(const OrtSession*, std::size_t*);
using NameOf = OrtStatus*(ORT_API_CALL*)(const OrtSession*, std::size_t, OrtAllocator*, char**);
using TypeOf = OrtStatus*(ORT_API_CALL*)(const OrtSession*, std::size_t, OrtTypeInfo**);

struct Questions {
  CountOf count;
  NameOf name;
  TypeOf type;
};

Result<std::vector<TensorSpec>> read_specs(const Runtime& runtime, const OrtSession& session, const Questions& ask,
                                           const ModelFileFacts& facts) {
  const OrtApi& api = runtime.api();
  std::size_t count = 0;
  TRY(check(api, ask.count(&session, &count)));
  std::vector<TensorSpec> specs(count);
  for (std::size_t i = 0; i < count; ++i) {
    char* name = nullptr;
    TRY(check(api, ask.name(&session, i, &runtime.allocator(), &name)));
    specs[i].name = take_text(api, &runtime.allocator(), name);
    OrtTypeInfo* type = nullptr;
    TRY(check(api, ask.type(&session, i, &type)));
    const Handle<OrtTypeInfo> held(type, api.ReleaseTypeInfo);
    TRY(read_type(api, *type, facts, specs[i]));
  }
  return specs;
}

using TextOf = OrtStatus*(ORT_API_CALL*)(const OrtModelMetadata*, OrtAllocator*, char**);

Result<std::string> read_text(const Runtime& runtime, const OrtModelMetadata& metadata, TextOf ask) {
  char* text = nullptr;
  TRY(check(runtime.api(), ask(&metadata, &runtime.allocator(), &text)));
  return take_text(runtime.api(), &runtime.allocator(), text);
}

Status read_custom_metadata(const Runtime& runtime, const OrtModelMetadata& metadata, ModelInfo& info) {
  const OrtApi& api = runtime.api();
  char** keys = nullptr;
  std::int64_t count = 0;
  TRY(check(api, api.ModelMetadataGetCustomMetadataMapKeys(&metadata, &runtime.allocator(), &keys, &count)));
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(take_text(api, &runtime.allocator(), keys[i]));
  if (keys != nullptr) TRY(check(api, api.AllocatorFree(&runtime.allocator(), static_cast<void*>(keys))));
  for (const auto& key : names) {
    char* value = nullptr;
    TRY(check(api, api.ModelMetadataLookupCustomMetadataMap(&metadata, &runtime.allocator(), key.c_str(), &value)));
    info.metadata[key] = take_text(api, &runtime.allocator(), value);
  }
  return {};
}

}  // namespace

Result<ModelInfo> read_model_info(const Runtime& runtime, const OrtSession& session, const ModelFileFacts& facts) {
  const OrtApi& api = runtime.api();
  ModelInfo info;
  info.inputs = TRY(read_specs(
      runtime, session, {api.SessionGetInputCount, api.SessionGetInputName, api.SessionGetInputTypeInfo}, facts));
  info.outputs = TRY(read_specs(
      runtime, session, {api.SessionGetOutputCount, api.SessionGetOutputName, api.SessionGetOutputTypeInfo}, facts));

  OrtModelMetadata* metadata = nullptr;
  TRY(check(api, api.SessionGetModelMetadata(&session, &metadata)));
  const Handle<OrtModelMetadata> held(metadata, api.ReleaseModelMetadata);
  info.graph_name = TRY(read_text(runtime, *metadata, api.ModelMetadataGetGraphName));
  info.producer = TRY(read_text(runtime, *metadata, api.ModelMetadataGetProducerName));
  info.description = TRY(read_text(runtime, *metadata, api.ModelMetadataGetDescription));
  info.domain = TRY(read_text(runtime, *metadata, api.ModelMetadataGetDomain));
  TRY(check(api, api.ModelMetadataGetVersion(metadata, &info.version)));
  TRY(read_custom_metadata(runtime, *metadata, info));
  return info;
}

}  // namespace tandem::onnxruntime
