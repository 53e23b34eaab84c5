// SPDX-License-Identifier: Apache-2.0
// TorchTensors: turns the records of torch._utils._rebuild_tensor* in a pickle into tensors over the file's storages.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "core/tensor.h"
#include "formats/pickle.h"
#include "formats/zip_archive.h"

namespace tandem {

/// Whether a pickled global is one that torch.save itself writes and this reader understands.
bool is_known_torch_global(std::string_view dotted_name);

/// Borrows archive and its bytes. Not thread-safe.
class TorchTensors final {
 public:
  /// `root` is the folder that all members share ("archive").
  TorchTensors(const ZipArchive& archive, std::string root, std::shared_ptr<const void> owner)
      : archive_(archive), root_(std::move(root)), owner_(std::move(owner)) {}

  /// Whether the value is a tensor or a parameter.
  static bool is_tensor(const PickleValue& value);

  /// Rebuilds it. Errors: invalid_argument (bounds, unknown storage), unimplemented (quantized and others).
  Result<Tensor> rebuild(const PickleValue& value) const;

 private:
  struct Storage {
    DType dtype = DType::kUndefined;
    std::span<const std::byte> bytes;
  };
  Result<Storage> storage(const PickleValue& persistent) const;
  Result<Tensor> rebuild_strided(const PickleValue& arguments, bool typed_by_argument) const;

  const ZipArchive& archive_;
  std::string root_;
  std::shared_ptr<const void> owner_;
};

}  // namespace tandem
