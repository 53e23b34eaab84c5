// SPDX-License-Identifier: Apache-2.0
// The one place that knows the names of a store's folders.
#include "store/store_layout.h"

#include <fmt/format.h>

namespace tandem {

std::string_view file_extension(FileKind kind) {
  switch (kind) {
    case FileKind::kWeights: return ".onnx";
    case FileKind::kMetadata: return ".json";
    case FileKind::kConfig: break;
  }
  return ".yaml";
}

std::filesystem::path StoreLayout::plain_folder(FileKind kind) const {
  switch (kind) {
    case FileKind::kWeights: return folder / "weights";
    case FileKind::kMetadata: return folder / "metadata";
    case FileKind::kConfig: break;
  }
  return folder / "configs";
}

std::filesystem::path StoreLayout::plain(FileKind kind, std::string_view name) const {
  return plain_folder(kind) / fmt::format("{}{}", name, file_extension(kind));
}

std::filesystem::path StoreLayout::blob(FileKind kind, std::string_view sha256) const {
  return blobs() / sha256.substr(0, 2) / fmt::format("{}{}", sha256, file_extension(kind));
}

std::filesystem::path StoreLayout::record(std::string_view name) const {
  return records() / fmt::format("{}.json", name);
}

bool is_plain_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(std::filesystem::symlink_status(path, error));
}

}  // namespace tandem
