// SPDX-License-Identifier: Apache-2.0
// The tensors that a network was exported with, in the order of its inputs.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"

namespace tandem::convert::exported {

/// One entry a leaf of the arguments and keyword arguments; empty for leaves that are no tensors.
/// file  of torch.save: a tuple (arguments, keyword arguments)
/// Errors: invalid_argument (not of that form); those of reading pickles.
Result<std::vector<Tensor>> read_sample_inputs(std::span<const std::byte> file, std::shared_ptr<const void> owner);

}  // namespace tandem::convert::exported
