// SPDX-License-Identifier: Apache-2.0
// NamedTensor: one entry of a checkpoint.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "core/tensor.h"

namespace tandem {

struct NamedTensor {
  std::string name;  // the path of keys, joined by '.'; for .npz the member's name without ".npy"
  Tensor tensor;     // contiguous; borrowed from the file where the file holds it so, else a copy
};

/// The tensor of that name; null when there is none.
inline const Tensor* find_tensor(std::span<const NamedTensor> tensors, std::string_view name) {
  const auto found = std::ranges::find(tensors, name, &NamedTensor::name);
  return found == tensors.end() ? nullptr : &found->tensor;
}

}  // namespace tandem
