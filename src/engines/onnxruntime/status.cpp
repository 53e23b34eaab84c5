// SPDX-License-Identifier: Apache-2.0
// The table from ONNX Runtime's error codes to ours.
#include "engines/onnxruntime/status.h"

#include <onnxruntime_c_api.h>

namespace tandem::onnxruntime {
namespace {

Code to_code(OrtErrorCode code) {
  switch (code) {
    case ORT_INVALID_ARGUMENT:
    case ORT_NO_MODEL:
    case ORT_INVALID_PROTOBUF:
    case ORT_INVALID_GRAPH: return Code::kInvalidArgument;
    case ORT_NO_SUCHFILE: return Code::kNotFound;
    case ORT_NOT_IMPLEMENTED: return Code::kUnimplemented;
    default: return Code::kInternal;
  }
}

bool mentions(const std::string& message, std::string_view words) { return message.find(words) != std::string::npos; }

}  // namespace

Error take_error(const OrtApi& api, OrtStatus* status) {
  Error error{to_code(api.GetErrorCode(status)), api.GetErrorMessage(status)};
  api.ReleaseStatus(status);
  if (mentions(error.message, "bad_alloc") || mentions(error.message, "Failed to allocate memory")) {
    error.code = Code::kResourceExhausted;
  }
  return error;
}

std::string take_text(const OrtApi& api, OrtAllocator* allocator, char* text) {
  if (text == nullptr) return {};
  std::string copy = text;
  if (OrtStatus* status = api.AllocatorFree(allocator, text)) api.ReleaseStatus(status);
  return copy;
}

}  // namespace tandem::onnxruntime
