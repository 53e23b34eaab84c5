// SPDX-License-Identifier: Apache-2.0
// FileContent: what kind of model a file holds; its bytes decide, never its name (R0.4).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace tandem {

enum class FileContent {
  kUnknown,
  kOnnx,
  kTorchZip,         // torch.save, torch 1.6 and later
  kTorchLegacy,      // torch.save before that
  kTorchTar,         // torch.save before 0.1.12
  kPickle,           // Python's pickle on its own, protocol 2 and later
  kTorchScript,      // torch.jit.save
  kExportedProgram,  // torch.export.save: .pt2
  kNpz,
  kSafetensors,
  kHdf5,          // .h5 of Keras
  kKerasArchive,  // .keras of Keras 3
};

FileContent detect_content(std::span<const std::byte> file);

/// For people: "PyTorch zip".
std::string_view content_name(FileContent content);

/// Whether the file may hold named tensors and holds no graph: what read_checkpoint reads.
bool is_state_dict(FileContent content);

}  // namespace tandem
