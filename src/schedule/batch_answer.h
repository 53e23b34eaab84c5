// SPDX-License-Identifier: Apache-2.0
// BatchAnswer: what one request gets of the batch that it ran in, and where its time went.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "core/tensor.h"

namespace tandem {

struct BatchTiming {
  std::chrono::nanoseconds queue{0};           // from submit until its batch was taken
  std::chrono::nanoseconds compute_input{0};   // joining the inputs
  std::chrono::nanoseconds compute_infer{0};   // Session::run
  std::chrono::nanoseconds compute_output{0};  // cutting the outputs
  std::int64_t batch_size = 1;                 // rows that ran together
};

struct BatchAnswer {
  std::vector<Tensor> outputs;  // one per model output
  BatchTiming timing;
};

}  // namespace tandem
