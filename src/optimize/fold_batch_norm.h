// SPDX-License-Identifier: Apache-2.0
// fold_batch_norm: a BatchNormalization behind a convolution becomes part of the convolution's weights.
#pragma once

#include <cstddef>

#include "base/error.h"
#include "graph/graph.h"

namespace tandem::optimize {

/// W' = W * g / sqrt(v + eps) and b' = (b - m) * g / sqrt(v + eps) + beta, a factor an output channel. Only where the
/// convolution's weights are constants of its own and nothing but the normalization uses its output.
/// Returns how many were folded. Errors: those of graph::verify and of memory.
Result<std::size_t> fold_batch_norm(graph::Model& model);

}  // namespace tandem::optimize
