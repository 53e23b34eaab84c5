// SPDX-License-Identifier: Apache-2.0
// A folder of models that ONNX Runtime has already optimized, so that the next start need not do it again.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tandem::onnxruntime {

/// 128 bits of the content as 32 hex digits: FNV-1a over 8-byte words. Finds damage and tells files apart; it does not
/// protect against someone who may write into the cache folder.
std::string content_hash(std::span<const std::byte> bytes);

/// One entry of the cache: `read | (write read)`. Entries are written whole or not at all and carry a hash of their
/// content.
class OptimizedModelEntry final {
 public:
  /// `context` is everything besides the bytes that an optimized model depends on: engine version, level, device.
  OptimizedModelEntry(const std::filesystem::path& folder, std::span<const std::byte> model, std::string_view context);

  /// The optimized model. Errors: not_found (no entry yet), data_loss (damaged).
  Result<std::vector<std::byte>> read() const;
  Status write(std::span<const std::byte> optimized) const;

  const std::filesystem::path& path() const { return path_; }
  /// A name in the same folder, of this process alone, for the file ONNX Runtime writes.
  std::filesystem::path scratch() const;

 private:
  std::filesystem::path path_;
};

}  // namespace tandem::onnxruntime
