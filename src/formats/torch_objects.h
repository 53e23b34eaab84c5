// SPDX-License-Identifier: Apache-2.0
// TorchObjects: whatever torch.save wrote, as a tree of plain values with tensors in it; nothing of it is run.
//
// Source: docs/formats/torch-checkpoint.md.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"
#include "formats/pickle.h"
#include "formats/torch_tensors.h"
#include "formats/zip_archive.h"

namespace tandem {

/// Not thread-safe. `read (root | tensor)*`
class TorchObjects final {
 public:
  /// A file of torch.save: the zip of torch 1.6 and later, or the format before that; or a bare pickle, which has no
  /// storages. `owner` keeps the bytes for as long as any tensor (may be null: the caller does).
  /// Errors: invalid_argument (what is wrong with the file), unimplemented (a .pt2 or TorchScript archive: the sentence
  /// says what to do), resource_exhausted.
  static Result<TorchObjects> read(std::span<const std::byte> file, std::shared_ptr<const void> owner = nullptr);

  /// One pickle of an archive that holds several, as TorchScript's.
  /// pickle          its member, "archive/constants.pkl"
  /// storage_folder  where its storages lie, "archive/constants/"
  static Result<TorchObjects> read_member(const ZipArchive& archive, std::string_view pickle,
                                          std::string_view storage_folder, std::shared_ptr<const void> owner = nullptr);

  /// Lists, tuples, dicts, numbers, strings; objects of other classes as PickleValue says. Lives as long as this.
  const PickleValue& root() const { return document_.root(); }

  /// The tensor of a value of kind kTensor: a torch tensor or parameter, or a NumPy array. Quantized ones become
  /// float32. It may outlive this object. Errors: those of TorchTensors::rebuild.
  Result<Tensor> tensor(const PickleValue& value) { return tensors_.rebuild(value); }

  /// Every global that the pickle names, as "module.name", sorted.
  std::vector<std::string> globals() const { return document_.globals(); }

  const PickleDocument& document() const { return document_; }

 private:
  TorchObjects(PickleDocument document, TorchTensors tensors)
      : document_(std::move(document)), tensors_(std::move(tensors)) {}

  PickleDocument document_;
  TorchTensors tensors_;
};

}  // namespace tandem
