// SPDX-License-Identifier: Apache-2.0
// One reader a format, chosen by content.
#include "formats/checkpoint.h"

#include <fmt/format.h>

#include <memory>

#include "base/file.h"
#include "formats/npz.h"
#include "formats/safetensors.h"

namespace tandem {
namespace {

Result<Checkpoint> read_torch(const std::shared_ptr<const MappedFile>& file, FileContent content) {
  TorchCheckpoint torch = TRY(read_torch_checkpoint(file->bytes(), file));
  return Checkpoint{std::string(content_name(content)),
                    std::move(torch.tensors),
                    std::move(torch.tables),
                    std::move(torch.state_dict_path),
                    std::move(torch.foreign_globals),
                    file->bytes().size(),
                    std::move(torch.notes),
                    std::move(torch.module)};
}

Result<Checkpoint> read_content(const std::shared_ptr<const MappedFile>& file) {
  const FileContent content = detect_content(file->bytes());
  switch (content) {
    case FileContent::kTorchZip:
    case FileContent::kTorchLegacy:
    case FileContent::kTorchTar:
    case FileContent::kPickle: return read_torch(file, content);
    case FileContent::kNpz: {
      auto tensors = TRY(read_npz(file->bytes()));
      return Checkpoint{std::string(content_name(content)), std::move(tensors), {}, "", {}, file->bytes().size()};
    }
    case FileContent::kSafetensors: {
      auto safetensors = TRY(read_safetensors(file->bytes(), file));
      return Checkpoint{
          std::string(content_name(content)), std::move(safetensors.tensors), {}, "", {}, file->bytes().size()};
    }
    case FileContent::kOnnx: return invalid_argument("this is an ONNX model already, not a checkpoint");
    case FileContent::kUnknown: break;
    default: return invalid_argument(fmt::format("{} is no state dict", content_name(content)));
  }
  return invalid_argument(
      "not a checkpoint: expected a PyTorch .pth (torch.save of a state dict), a .safetensors or a NumPy .npz");
}

}  // namespace

Result<Checkpoint> read_checkpoint(std::shared_ptr<const MappedFile> file) {
  Checkpoint checkpoint = TRY(read_content(file));
  checkpoint.file = std::move(file);
  return checkpoint;
}

Result<Checkpoint> read_checkpoint(const std::filesystem::path& path) {
  auto checkpoint = read_checkpoint(std::make_shared<const MappedFile>(TRY(MappedFile::open(path))));
  if (!checkpoint) return fail(checkpoint.error().with_context(path.string()));
  return checkpoint;
}

}  // namespace tandem
