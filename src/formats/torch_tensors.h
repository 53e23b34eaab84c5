// SPDX-License-Identifier: Apache-2.0
// TorchTensors: turns the records of torch._utils._rebuild_* in a pickle into tensors over the file's storages.
#pragma once

#include <memory>
#include <utility>

#include "base/error.h"
#include "core/tensor.h"
#include "formats/pickle.h"
#include "formats/strided_tensor.h"
#include "formats/torch_storages.h"

namespace tandem {

/// `owner` keeps the storages' bytes (may be null: the caller does). Not thread-safe.
class TorchTensors final {
 public:
  TorchTensors(TorchStorages storages, CopyBudget budget, std::shared_ptr<const void> owner)
      : storages_(std::move(storages)), budget_(budget), owner_(std::move(owner)) {}

  /// Whether it is quantized, so that rebuild() gives other numbers than the file holds: float32 ones.
  static bool is_quantized(const PickleValue& value);

  /// The tensor of a value of kind kTensor; borrowed from the file where it lies there row by row.
  /// Errors: invalid_argument (bounds, unknown storage), unimplemented (sparse tensors, conjugate views),
  /// resource_exhausted.
  Result<Tensor> rebuild(const PickleValue& value);

 private:
  Result<StridedView> view_of(const PickleValue& call) const;
  Status choose_storage(const PickleValue* persistent, StridedView& view) const;
  Result<Tensor> dequantize(const PickleValue& call);
  Result<std::vector<double>> doubles_of(const PickleValue* value);

  TorchStorages storages_;
  CopyBudget budget_;
  std::shared_ptr<const void> owner_;
};

}  // namespace tandem
