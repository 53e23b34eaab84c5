// SPDX-License-Identifier: Apache-2.0
// Magic numbers first; of a zip, the names of its members.
#include "formats/file_content.h"

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "formats/zip_archive.h"

namespace tandem {
namespace {

constexpr std::string_view kLegacyTorch{"\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19\x2E", 15};
constexpr std::string_view kTar = "ustar";
constexpr std::size_t kTarAt = 257;
constexpr std::string_view kHdf5{"\x89HDF\r\n\x1a\n", 8};

std::string_view head_of(std::span<const std::byte> file) {
  return as_text(file.first(std::min<std::size_t>(file.size(), 16)));
}

/// torch puts all members into one folder, whose name is of no meaning.
std::string below_root(std::string_view member) { return std::string(member.substr(member.find('/') + 1)); }

FileContent detect_zip(std::span<const std::byte> file) {
  const auto archive = ZipArchive::open(file);
  if (!archive || archive->members().empty()) return FileContent::kTorchZip;  // whose reader says what is wrong
  const auto& members = archive->members();
  if (std::ranges::all_of(members, [](const ZipMember& member) { return member.name.ends_with(".npy"); })) {
    return FileContent::kNpz;
  }
  const auto has = [&](std::string_view name) { return archive->find(name) != nullptr; };
  if (has("config.json") && has("model.weights.h5")) return FileContent::kKerasArchive;
  if (has("serialized_exported_program.json")) return FileContent::kExportedProgram;
  const auto has_below_root = [&](std::string_view name) {
    return std::ranges::any_of(members, [&](const ZipMember& member) { return below_root(member.name) == name; });
  };
  if (has_below_root("archive_format")) return FileContent::kExportedProgram;
  if (has_below_root("constants.pkl")) return FileContent::kTorchScript;
  return FileContent::kTorchZip;
}

/// Eight bytes of length, little-endian, then that much JSON.
bool is_safetensors(std::string_view head) {
  if (head.size() < 10 || head[8] != '{') return false;
  return std::all_of(head.begin() + 5, head.begin() + 8, [](char byte) { return byte == 0; });
}

/// PROTO with protocol 2 to 5, and STOP at the end.
bool is_pickle(std::span<const std::byte> file) {
  if (file.size() < 4 || file[0] != std::byte{0x80} || file.back() != std::byte{'.'}) return false;
  const auto protocol = std::to_integer<int>(file[1]);
  return protocol >= 2 && protocol <= 5;
}

bool is_tar(std::span<const std::byte> file) {
  return file.size() >= kTarAt + kTar.size() && as_text(file.subspan(kTarAt, kTar.size())) == kTar;
}

}  // namespace

FileContent detect_content(std::span<const std::byte> file) {
  const std::string_view head = head_of(file);
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) return detect_zip(file);
  if (head.starts_with(kLegacyTorch)) return FileContent::kTorchLegacy;
  if (is_pickle(file)) return FileContent::kPickle;
  if (head.starts_with(kHdf5)) return FileContent::kHdf5;
  if (is_safetensors(head)) return FileContent::kSafetensors;
  // ModelProto begins with its ir_version: field 1, a small varint.
  if (head.size() > 2 && head[0] == '\x08' && head[1] > 0 && head[1] < 100) return FileContent::kOnnx;
  return is_tar(file) ? FileContent::kTorchTar : FileContent::kUnknown;
}

std::string_view content_name(FileContent content) {
  switch (content) {
    case FileContent::kOnnx: return "ONNX";
    case FileContent::kTorchZip: return "PyTorch zip";
    case FileContent::kTorchLegacy: return "PyTorch legacy";
    case FileContent::kTorchTar: return "PyTorch tar";
    case FileContent::kPickle: return "Python pickle";
    case FileContent::kTorchScript: return "TorchScript";
    case FileContent::kExportedProgram: return "PyTorch .pt2";
    case FileContent::kNpz: return "NumPy npz";
    case FileContent::kSafetensors: return "safetensors";
    case FileContent::kHdf5: return "HDF5";
    case FileContent::kKerasArchive: return "Keras archive";
    case FileContent::kUnknown: break;
  }
  return "unknown";
}

bool is_state_dict(FileContent content) {
  return content == FileContent::kTorchZip || content == FileContent::kTorchLegacy || content == FileContent::kPickle ||
         content == FileContent::kNpz || content == FileContent::kSafetensors;
}

}  // namespace tandem
