// SPDX-License-Identifier: Apache-2.0
// ONNX Runtime's status and handles as ours: every failure becomes an Error, every object is released.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"

struct OrtApi;
struct OrtStatus;
struct OrtAllocator;

namespace tandem::onnxruntime {

/// An object of the library together with the function of OrtApi that releases it.
template <typename T>
using Handle = std::unique_ptr<T, void (*)(T*)>;

/// The failure as an Error with ONNX Runtime's own words, which are long but precise. Takes the status.
Error take_error(const OrtApi& api, OrtStatus* status);

/// Success for a null status.
inline Status check(const OrtApi& api, OrtStatus* status) {
  if (status == nullptr) return {};
  return fail(take_error(api, status));
}

/// A text that the library allocated; frees it. Null gives "".
std::string take_text(const OrtApi& api, OrtAllocator* allocator, char* text);

}  // namespace tandem::onnxruntime
