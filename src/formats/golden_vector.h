// SPDX-License-Identifier: Apache-2.0
// GoldenVector: inputs of a model and what it answered when it was found good; golden/NAME@n.npz of a store.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/error.h"
#include "core/model_info.h"
#include "formats/named_tensor.h"

namespace tandem {

/// The largest difference allowed, as a share of the largest value of the output.
inline constexpr double kGoldenTolerance = 1e-3;

struct GoldenVector {
  std::vector<NamedTensor> inputs;   // by the model's names; optional inputs may be missing
  std::vector<NamedTensor> outputs;  // at least one
  double tolerance = kGoldenTolerance;
};

/// An .npz whose arrays bear the names of the model's inputs and outputs; `__tolerance__`, one float64, may be there.
/// Errors: those of read_npz; invalid_argument (an array that the model has not, a required input or every output
/// missing, a tolerance that is none).
Result<GoldenVector> read_golden(std::span<const std::byte> file, const ModelInfo& model);

/// Errors: those of write_npz.
Result<std::vector<std::byte>> write_golden(const GoldenVector& golden);

}  // namespace tandem
