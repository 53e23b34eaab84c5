// SPDX-License-Identifier: Apache-2.0
// NamedTensor: one entry of a checkpoint.
#pragma once

#include <string>

#include "core/tensor.h"

namespace tandem {

struct NamedTensor {
  std::string name;  // the path of keys, joined by '.'; for .npz the member's name without ".npy"
  Tensor tensor;     // contiguous; borrowed from the file where the file holds it so, else a copy
};

}  // namespace tandem
