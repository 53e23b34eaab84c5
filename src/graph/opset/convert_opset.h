// SPDX-License-Identifier: Apache-2.0
// convert_opset: the same model in another version of ONNX's operators.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "graph/graph.h"

namespace tandem::graph {

inline constexpr std::int64_t kLowestOpset = 11;
inline constexpr std::int64_t kHighestOpset = 21;

/// Rewrites the operators that have changed between the model's opset and the wanted one, subgraphs included, and takes
/// apart those that the wanted one does not have yet. The IR version becomes the one that came with the opset. Other
/// domains and functions stay as they are. Results stay the same up to rounding.
/// target  kLowestOpset to kHighestOpset
/// Errors: invalid_argument: the opset is out of range, or names the operator, the node and the lowest opset that can
/// express it; the model is then not to be used. Internal: the rules broke the model.
Status convert_opset(Model& model, std::int64_t target);

/// The IR version that came with an opset.
std::int64_t ir_version_of(std::int64_t opset);

}  // namespace tandem::graph
