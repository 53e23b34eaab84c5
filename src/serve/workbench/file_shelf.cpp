// SPDX-License-Identifier: Apache-2.0
// Each file in a folder of its own; the lock is never held while a disk is waited for.
#include "serve/workbench/file_shelf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

namespace tandem::serve {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 128;
constexpr std::size_t kMostIncoming = 4;

struct Ending {
  std::string_view text;
  FileKind kind;
};
constexpr std::array<Ending, 12> kEndings = {{{".pth", FileKind::kCheckpoint},
                                              {".pt", FileKind::kCheckpoint},
                                              {".npz", FileKind::kCheckpoint},
                                              {".pt2", FileKind::kCheckpoint},
                                              {".safetensors", FileKind::kCheckpoint},
                                              {".keras", FileKind::kCheckpoint},
                                              {".h5", FileKind::kCheckpoint},
                                              {".onnx", FileKind::kOnnx},
                                              {".yaml", FileKind::kConfig},
                                              {".png", FileKind::kImage},
                                              {".jpg", FileKind::kImage},
                                              {".jpeg", FileKind::kImage}}};

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

Status append_to(const fs::path& path, std::span<const std::byte> piece) {
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file.write(reinterpret_cast<const char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
  file.flush();
  if (file) return {};
  return fail(Code::kResourceExhausted, "the file could not be written: is the disk of the temporary folder full?");
}

}  // namespace

std::string_view file_kind_name(FileKind kind) {
  switch (kind) {
    case FileKind::kCheckpoint: return "checkpoint";
    case FileKind::kOnnx: return "onnx";
    case FileKind::kConfig: return "config";
    case FileKind::kImage: break;
  }
  return "image";
}

Result<FileKind> check_file_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName || name.front() == '.' ||
      !std::all_of(name.begin(), name.end(), is_name_character)) {
    return invalid_argument(
        fmt::format("name: expected 1 to {} letters, digits, '.', '_' and '-', not beginning with '.'", kLongestName));
  }
  for (const Ending& ending : kEndings) {
    if (name.size() > ending.text.size() && name.ends_with(ending.text)) return ending.kind;
  }
  return invalid_argument(
      fmt::format("name: expected a file that ends in .pth, .pt, .pt2, .npz, .safetensors, .keras, .h5, .onnx, .yaml, "
                  ".png, .jpg or "
                  ".jpeg, got '{}'",
                  name));
}

Result<std::unique_ptr<FileShelf>> FileShelf::open(const fs::path& parent, FileShelfLimits limits, Inspect inspect) {
  auto folder = TRY(ScratchFolder::make(parent, "tandem-workbench"));
  return std::unique_ptr<FileShelf>(new FileShelf(std::move(folder), limits, inspect));
}

std::string FileShelf::next_id() {
  const std::lock_guard lock(mutex_);
  return fmt::format("f{}", ++made_);
}

Result<Upload> FileShelf::begin(std::string_view name, std::uint64_t size, std::span<const std::byte> piece) {
  const FileKind kind = TRY(check_file_name(name));
  if (size == 0) return invalid_argument(fmt::format("{} is empty: expected a model or an image", name));
  if (size > limits_.file_bytes) {
    return fail(Code::kOutOfRange, fmt::format("{} has {} bytes; the workbench takes at most {}: use tandem convert",
                                               name, size, limits_.file_bytes));
  }
  std::error_code error;
  const fs::space_info space = fs::space(folder_->path(), error);
  if (!error && space.available < size + limits_.free_bytes) {
    return fail(
        Code::kResourceExhausted,
        fmt::format("{} bytes do not fit: the disk of the temporary folder has {} left", size, space.available));
  }
  auto incoming = std::make_shared<Incoming>();
  incoming->file = std::make_shared<ShelvedFile>();
  incoming->file->id = next_id();
  incoming->file->name = name;
  incoming->file->kind = kind;
  incoming->file->bytes = size;
  incoming->file->folder = TRY(make_folder());
  incoming->file->path = incoming->file->folder->path() / name;
  incoming->size = size;
  incoming->busy = true;
  {
    const std::lock_guard lock(mutex_);
    incoming_.push_back(incoming);
    if (incoming_.size() > kMostIncoming) incoming_.pop_front();  // the oldest was given up, most likely
  }
  return write_piece(incoming, piece);
}

Result<Upload> FileShelf::append(std::string_view id, std::uint64_t offset, std::span<const std::byte> piece) {
  std::shared_ptr<Incoming> incoming;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find_if(incoming_, [&](const auto& one) { return one->file->id == id; });
    if (found == incoming_.end()) return not_found(fmt::format("no file '{}' is being received: begin again", id));
    incoming = *found;
    if (incoming->busy) return fail(Code::kAborted, "another piece of this file is being written: send one at a time");
    if (offset != incoming->received) {
      return invalid_argument(fmt::format("offset: expected {}, got {}", incoming->received, offset));
    }
    incoming->busy = true;
  }
  return write_piece(incoming, piece);
}

/// The caller has marked the file busy, so nobody else writes to it.
Result<Upload> FileShelf::write_piece(const std::shared_ptr<Incoming>& incoming, std::span<const std::byte> piece) {
  ShelvedFile& file = *incoming->file;
  const std::uint64_t missing = incoming->size - incoming->received;
  Status written = piece.size() <= missing
                       ? append_to(file.path, piece)
                       : Status(invalid_argument(fmt::format("the body has {} bytes where {} are missing of {}",
                                                             piece.size(), missing, file.name)));
  const bool complete = written && piece.size() == missing;
  if (complete) file.inspection = inspect_(file.path, file.kind);
  const std::lock_guard lock(mutex_);
  incoming->busy = false;
  if (!written || complete) std::erase(incoming_, incoming);
  if (!written) return fail(written.error());
  incoming->received += piece.size();
  Upload upload{file.id, incoming->received, incoming->size, nullptr};
  if (complete) {
    upload.file = incoming->file;
    put(incoming->file);
  }
  return upload;
}

Result<std::shared_ptr<const ShelvedFile>> FileShelf::add(std::shared_ptr<const ScratchFolder> folder,
                                                          const fs::path& path, std::string made_from) {
  auto file = std::make_shared<ShelvedFile>();
  file->name = path.filename().string();
  file->kind = TRY(check_file_name(file->name));
  std::error_code error;
  file->bytes = fs::file_size(path, error);
  if (error) return not_found(fmt::format("{} is not there: {}", path.string(), error.message()));
  file->path = path;
  file->made_from = std::move(made_from);
  file->folder = std::move(folder);
  file->inspection = inspect_(path, file->kind);
  file->id = next_id();
  const std::lock_guard lock(mutex_);
  put(file);
  return std::shared_ptr<const ShelvedFile>(file);
}

/// The caller holds the lock.
void FileShelf::put(std::shared_ptr<const ShelvedFile> file) {
  files_.push_back(std::move(file));
  if (files_.size() > limits_.files) files_.pop_front();
}

Result<std::shared_ptr<const ShelvedFile>> FileShelf::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(files_, [&](const auto& file) { return file->id == id; });
  if (found != files_.end()) return *found;
  return not_found(
      fmt::format("there is no file '{}' on the workbench: it keeps the last {}; send it again", id, limits_.files));
}

Status FileShelf::remove(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(files_, [&](const auto& file) { return file->id == id; });
  if (found == files_.end()) return not_found(fmt::format("there is no file '{}' on the workbench", id));
  files_.erase(found);
  return {};
}

std::vector<std::shared_ptr<const ShelvedFile>> FileShelf::list() const {
  const std::lock_guard lock(mutex_);
  return {files_.begin(), files_.end()};
}

}  // namespace tandem::serve
