// SPDX-License-Identifier: Apache-2.0
// TorchCheckpoint: the tensors of a `.pth` that torch.save wrote, in the zip format or the one before, read as data.
//
// Source: docs/formats/torch-checkpoint.md. No code of the file is ever run; globals outside a small list stay names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"
#include "formats/named_tensor.h"
#include "formats/torch_module.h"

namespace tandem {

/// A dict of the checkpoint that maps strings to integers, such as a captioner's word_map; the integers that stand at
/// the top themselves (epoch, decoder_dim) are the table without a name.
struct IntegerTable {
  std::string name;  // its key at the top of the checkpoint
  std::vector<std::pair<std::string, std::int64_t>> entries;
};

struct TorchCheckpoint {
  std::vector<NamedTensor> tensors;   // the state dict, in the file's order; common prefixes ("module.") stripped
  std::vector<IntegerTable> tables;   // beside the state dict
  std::string state_dict_path;        // where it was found: "" for the top, else "model_state_dict", ...
  std::optional<TorchModule> module;  // when a whole module was saved there
  std::vector<std::string> notes;     // what was done to tensors, for people: "3 quantized tensors became float32"
  std::vector<std::string> globals;   // every global the pickle names, sorted: the security report
  std::vector<std::string>
      foreign_globals;  // those that loading with Python's pickle would import and that we do not know
};

/// `file` are the bytes of the whole file; `owner` keeps them alive for as long as any tensor (may be null: the caller
/// does). Errors: those of TorchObjects; invalid_argument (no tensors in it).
Result<TorchCheckpoint> read_torch_checkpoint(std::span<const std::byte> file,
                                              std::shared_ptr<const void> owner = nullptr);

}  // namespace tandem
