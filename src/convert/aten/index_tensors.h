// SPDX-License-Identifier: Apache-2.0
// x[a, :, b]: tensors as indices, brought into the one form that GatherND and ScatterND take.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {

/// The indexed axes come first: GatherND(transpose(x, order), indices) is [index shape..., other axes...].
struct IndexTensors {
  Integers order;                             // of x's axes
  std::string indices;                        // int64 [index shape..., indexed axes]
  std::size_t axes = 0;                       // how many are indexed
  std::int64_t index_rank = 0;                // dimensions of the index shape
  std::int64_t place = 0;                     // where PyTorch puts the index shape among the other axes
  std::vector<std::optional<Value>> tensors;  // one an axis of x from the first on; masks are replaced by positions
};

/// Reads "indices" of a call: integers, or masks that stand for the positions where they are true.
/// Errors: those of Operation; unimplemented (no index at all).
Result<IndexTensors> index_tensors(Operation& operation, const Value& self);

/// The result of indexing with the index shape in its place, and the inverse.
std::string to_place(Operation& operation, const std::string& gathered, const IndexTensors& index, std::int64_t rank);
std::string from_place(Operation& operation, const std::string& values, const IndexTensors& index, std::int64_t rank);

/// int64 [rank of the mask, n]: the positions at which a mask is true.
std::string positions_of(Operation& operation, const Value& mask);

}  // namespace tandem::convert::aten
