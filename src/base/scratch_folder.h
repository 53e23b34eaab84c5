// SPDX-License-Identifier: Apache-2.0
// ScratchFolder: a folder that is removed, with what is in it, when its owner goes.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/error.h"

namespace tandem {

class ScratchFolder final {
 public:
  /// A new folder in `parent`, readable by its owner only; its name begins with `name`.
  /// Errors: internal (`parent` is not there, or not writable).
  static Result<std::shared_ptr<const ScratchFolder>> make(const std::filesystem::path& parent, std::string_view name);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace tandem
