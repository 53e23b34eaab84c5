// SPDX-License-Identifier: Apache-2.0
// One reader a format, chosen by content.
#include "formats/checkpoint.h"

#include <fmt/format.h>

#include <memory>

#include "base/file.h"
#include "formats/npz.h"

namespace tandem {
namespace {

std::string_view head_of(std::span<const std::byte> file) {
  return {reinterpret_cast<const char*>(file.data()), std::min<std::size_t>(file.size(), 16)};
}

Result<Checkpoint> read_torch(const std::shared_ptr<const MappedFile>& file) {
  TorchCheckpoint torch = TRY(read_torch_checkpoint(file->bytes(), file));
  return Checkpoint{"PyTorch zip",
                    std::move(torch.tensors),
                    std::move(torch.tables),
                    std::move(torch.state_dict_path),
                    std::move(torch.foreign_globals),
                    file->bytes().size()};
}

}  // namespace

FileContent detect_content(std::span<const std::byte> file) {
  const std::string_view head = head_of(file);
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) {
    return is_npz(file) ? FileContent::kNpz : FileContent::kTorch;
  }
  if (head.starts_with("\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19\x2E")) return FileContent::kTorch;
  // ModelProto begins with its ir_version: field 1, a small varint.
  if (head.size() > 2 && head[0] == '\x08' && head[1] > 0 && head[1] < 100) return FileContent::kOnnx;
  return FileContent::kUnknown;
}

Result<Checkpoint> read_checkpoint(const std::filesystem::path& path) {
  const auto file = std::make_shared<const MappedFile>(TRY(MappedFile::open(path)));
  const auto read = [&]() -> Result<Checkpoint> {
    switch (detect_content(file->bytes())) {
      case FileContent::kTorch: return read_torch(file);
      case FileContent::kNpz: {
        auto tensors = TRY(read_npz(file->bytes()));
        return Checkpoint{"NumPy npz", std::move(tensors), {}, "", {}, file->bytes().size()};
      }
      case FileContent::kOnnx: return invalid_argument("this is an ONNX model already, not a checkpoint");
      case FileContent::kUnknown: break;
    }
    return invalid_argument(
        "not a checkpoint: expected a PyTorch .pth (torch.save of a state dict, torch 1.6 or later) "
        "or a NumPy .npz");
  };
  auto checkpoint = read();
  if (!checkpoint) return fail(checkpoint.error().with_context(path.string()));
  return checkpoint;
}

}  // namespace tandem
