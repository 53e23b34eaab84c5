// SPDX-License-Identifier: Apache-2.0
// StoreLock: one writer at a time, among all processes; readers never ask for it.
#pragma once

#include <chrono>
#include <filesystem>

#include "base/descriptor.h"
#include "base/error.h"

namespace tandem {

/// Held as long as the object lives; the kernel lets go of it when the process dies.
class StoreLock final {
 public:
  /// Waits for another writer. Errors: unavailable (still held after `patience`, with the process), those of opening.
  static Result<StoreLock> acquire(const std::filesystem::path& file, std::chrono::milliseconds patience);

  /// Whether a writer before this one did not come to its end: what it began is to be finished or removed.
  bool interrupted() const { return interrupted_; }

  /// Says that the store is whole. Without this call the next writer finds interrupted().
  Status finished();

 private:
  StoreLock(Descriptor fd, std::filesystem::path file) : fd_(std::move(fd)), file_(std::move(file)) {}
  Status begin();

  Descriptor fd_;
  std::filesystem::path file_;
  bool interrupted_ = false;
};

}  // namespace tandem
