// SPDX-License-Identifier: Apache-2.0
// Tensors in memory that a client shares with the server, in the form of the binary tensor extension.
#pragma once

#include "base/error.h"
#include "core/tensor.h"
#include "serve/shared_memory/shared_memory_region.h"

namespace tandem::serve {

/// A copy of the tensor that fills `slice` exactly.
/// Errors: invalid_argument (size, contents, memory that the client has made smaller), resource_exhausted.
Result<Tensor> read_shared_tensor(DType dtype, Shape shape, const SharedMemorySlice& slice);

/// Copies the tensor to the begin of `slice`. Errors: invalid_argument (it does not fit, or the client has made the
/// memory smaller), permission_denied (the memory may only be read).
Status write_shared_tensor(Tensor tensor, const SharedMemorySlice& slice);

}  // namespace tandem::serve
