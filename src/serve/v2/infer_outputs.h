// SPDX-License-Identifier: Apache-2.0
// The outputs of an infer call: which are wanted, in which form, and how a tensor gets that form.
#pragma once

#include <cstddef>
#include <vector>

#include "base/error.h"
#include "serve/inference_service.h"
#include "serve/shared_memory/shared_memory_registry.h"
#include "serve/v2/infer_envelope.h"

namespace tandem::serve {

struct WantedOutput {
  std::size_t index = 0;  // in model.info.outputs
  bool binary = false;
  std::size_t classes = 0;     // > 0: the best so many classes as text
  SharedMemorySlice memory{};  // where the tensor goes instead of into the answer
};

/// All outputs when the request names none. `shared_memory` is null when the server has none.
/// Errors: invalid_argument (names, forms), and those of find_shared_memory.
Result<std::vector<WantedOutput>> want_outputs(const Envelope& envelope, const ServedModel& model,
                                               const SharedMemoryRegistry* shared_memory);

/// An output as it goes into the answer.
struct FinishedOutput {
  DType dtype = DType::kUndefined;
  Tensor tensor;          // empty when it lies in shared memory
  Shape shape_in_memory;  // of what lies there

  const Shape& shape() const { return tensor.empty() ? shape_in_memory : tensor.shape(); }
};

/// Turns the engine's tensor into classes or puts it into shared memory, if that is what was asked for.
/// Errors: internal (the engine's type is not the model's), invalid_argument (the shared memory is too small or gone).
Result<FinishedOutput> finish_output(const WantedOutput& wanted, const ServedModel& model, Tensor tensor);

}  // namespace tandem::serve
