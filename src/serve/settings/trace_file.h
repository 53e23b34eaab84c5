// SPDX-License-Identifier: Apache-2.0
// TraceFile: a JSON array on disk that is whole after every record.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/descriptor.h"
#include "base/error.h"

namespace tandem::serve {

/// For one thread at a time.
class TraceFile final {
 public:
  /// An empty array; what the file held is gone. Errors: those of the file system.
  static Result<TraceFile> create(std::filesystem::path path);

  /// Puts JSON text behind the last element. Errors: those of the file system.
  Status append(std::string_view element);

  std::uint64_t elements() const { return elements_; }

 private:
  TraceFile(std::filesystem::path path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  std::filesystem::path path_;
  Descriptor file_;
  std::int64_t end_ = 0;  // behind the last element, or behind the '['
  std::uint64_t elements_ = 0;
};

}  // namespace tandem::serve
