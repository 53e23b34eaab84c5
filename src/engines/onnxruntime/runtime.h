// SPDX-License-Identifier: Apache-2.0
// The open library with its environment: what every session needs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engines/onnxruntime/library.h"
#include "engines/onnxruntime/status.h"

struct OrtEnv;
struct OrtMemoryInfo;

namespace tandem::onnxruntime {

/// Thread-safe after open(). Its log goes to base/log, its telemetry is off.
class Runtime final {
 public:
  /// Errors: unavailable, with how to get the library.
  static Result<Runtime> open();

  const OrtApi& api() const { return *library_.api; }
  const OrtEnv& env() const { return *env_; }
  const OrtMemoryInfo& cpu_memory() const { return *cpu_memory_; }
  OrtAllocator& allocator() const { return *allocator_; }
  const std::string& version() const { return library_.version; }
  /// "CPUExecutionProvider", ...: those that were compiled into the library.
  bool has_provider(std::string_view name) const;

 private:
  Runtime(Library library, Handle<OrtEnv> env, Handle<OrtMemoryInfo> cpu_memory)
      : library_(std::move(library)), env_(std::move(env)), cpu_memory_(std::move(cpu_memory)) {}

  Library library_;
  Handle<OrtEnv> env_;
  Handle<OrtMemoryInfo> cpu_memory_;
  OrtAllocator* allocator_ = nullptr;  // the library's own, lives as long as it
  std::vector<std::string> providers_;
};

}  // namespace tandem::onnxruntime
