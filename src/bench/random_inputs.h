// SPDX-License-Identifier: Apache-2.0
// Random inputs for a model, the same ones every time.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"
#include "core/tensor_spec.h"

namespace tandem::bench {

struct RandomInputOptions {
  std::int64_t batch = 1;                    // size of a first dimension that the model leaves open
  std::map<std::string, std::int64_t> dims;  // sizes of named dimensions; others that are open become 1
  std::uint64_t seed = 20261121;
};

/// One tensor per spec; an optional input stays empty. Floats are N(0, 1), uint8 0..255, other integers and bools 0 or
/// 1 (valid as indices), strings "0", what is left all zero bits. Errors: invalid_argument (a named dimension the model
/// has not; a batch the model does not take; unknown rank or element type), resource_exhausted
Result<std::vector<Tensor>> make_random_inputs(std::span<const TensorSpec> specs, const RandomInputOptions& options);

/// How many different random inputs a comparison uses, so that nothing is answered from a warm cache.
inline constexpr std::size_t kRandomSets = 8;

/// `count` sets; each has the seed behind that of the one before. Errors: those of make_random_inputs.
Result<std::vector<std::vector<Tensor>>> make_random_sets(std::span<const TensorSpec> specs, RandomInputOptions options,
                                                          std::size_t count = kRandomSets);

}  // namespace tandem::bench
