// SPDX-License-Identifier: Apache-2.0
// Hands a model to ONNX Runtime, which loads and optimizes it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "base/error.h"
#include "engines/onnxruntime/runtime.h"

struct OrtSession;
struct OrtSessionOptions;

namespace tandem::onnxruntime {

/// A model to load: its bytes, and the file they came from (empty when there is none).
struct ModelSource {
  std::span<const std::byte> bytes;
  std::filesystem::path path;
};

/// Errors: resource_exhausted, else invalid_argument with ONNX Runtime's reason.
Result<Handle<OrtSession>> create_session(const Runtime& runtime, const ModelSource& source,
                                          const OrtSessionOptions& options);

}  // namespace tandem::onnxruntime
