// SPDX-License-Identifier: Apache-2.0
// StoreLayout: where each file of a store lies (docs/formats/store.md).
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

namespace tandem {

/// What a model consists of.
enum class FileKind { kWeights, kMetadata, kConfig };
inline constexpr std::array kFileKinds = {FileKind::kWeights, FileKind::kMetadata, FileKind::kConfig};

struct StoreLayout {
  std::filesystem::path folder;

  /// weights/, metadata/ or configs/: what people see.
  std::filesystem::path plain_folder(FileKind kind) const;
  /// weights/NAME.onnx and so on.
  std::filesystem::path plain(FileKind kind, std::string_view name) const;

  /// .store/: what keeps the older versions.
  std::filesystem::path hidden() const { return folder / ".store"; }
  std::filesystem::path blobs() const { return hidden() / "blobs" / "sha256"; }
  /// .store/blobs/sha256/ab/<hex>.onnx; the ending stays, for engines go by it. `sha256` is is_sha256_hex.
  std::filesystem::path blob(FileKind kind, std::string_view sha256) const;
  std::filesystem::path records() const { return hidden() / "versions"; }
  std::filesystem::path record(std::string_view name) const;
  std::filesystem::path log() const { return hidden() / "log.jsonl"; }
  std::filesystem::path lock() const { return hidden() / "lock"; }
  /// Files that are being written; emptied after a crash.
  std::filesystem::path temporary() const { return hidden() / "temporary"; }
};

/// ".onnx", ".json" or ".yaml".
std::string_view file_extension(FileKind kind);

/// A regular file that is no link to another place.
bool is_plain_file(const std::filesystem::path& path);

}  // namespace tandem
