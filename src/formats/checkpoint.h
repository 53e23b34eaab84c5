// SPDX-License-Identifier: Apache-2.0
// Checkpoint: the tensors of a trained network, from whatever format they are saved in; the content decides (R0.4).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "formats/file_content.h"
#include "formats/named_tensor.h"
#include "formats/torch_checkpoint.h"

namespace tandem {

class MappedFile;

struct Checkpoint {
  std::string format;  // content_name: "PyTorch zip", "NumPy npz"
  std::vector<NamedTensor> tensors;
  std::vector<IntegerTable> tables;
  std::string state_dict_path;               // where in the file the tensors were: "" for the top
  std::vector<std::string> foreign_globals;  // code that the file names and Python would import; never run here
  std::uint64_t file_bytes = 0;
  std::vector<std::string> notes = {};               // what was done to tensors on reading, for people
  std::optional<TorchModule> module = std::nullopt;  // when a whole pickled module was saved
  std::shared_ptr<const MappedFile> file = nullptr;  // in which borrowed tensors lie
};

/// Maps the file; tensors borrow from the mapping and keep it.
/// Errors: those of the file and of its reader, with the path; invalid_argument for what is no checkpoint, naming what
/// is.
Result<Checkpoint> read_checkpoint(const std::filesystem::path& path);

/// The same of a file that is mapped already; its errors are without the path.
Result<Checkpoint> read_checkpoint(std::shared_ptr<const MappedFile> file);

}  // namespace tandem
