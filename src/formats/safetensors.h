// SPDX-License-Identifier: Apache-2.0
// .safetensors, Hugging Face's file of named tensors, read strictly and written.
//
// Source: docs/formats/safetensors.md.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "formats/named_tensor.h"

namespace tandem {

struct Safetensors {
  std::vector<NamedTensor> tensors;             // in the order of their bytes
  std::map<std::string, std::string> metadata;  // "__metadata__"
};

/// Tensors borrow from `file`, which `owner` keeps (may be null: the caller does).
/// Errors: invalid_argument (the header is no JSON of this form; a tensor's bytes are not what its shape needs; gaps,
/// overlaps, a file that is longer or shorter than its tensors), unimplemented (an element type without a DType),
/// resource_exhausted (a header of more than 100 MB).
Result<Safetensors> read_safetensors(std::span<const std::byte> file,
                                     const std::shared_ptr<const void>& owner = nullptr);

/// Writes the file whole or not at all; the widest elements first, so that all are aligned.
/// Errors: invalid_argument (two tensors of one name, a name or metadata that is no UTF-8), unimplemented (strings,
/// complex and 4-bit types), those of write_file_atomic.
Status write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                         const std::map<std::string, std::string>& metadata = {});

}  // namespace tandem
