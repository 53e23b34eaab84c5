// SPDX-License-Identifier: Apache-2.0
// The passes, each one function: it changes the main graph and leaves subgraphs alone, but for the values they use.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "graph/graph.h"

namespace tandem::graph {

struct PassLimits {
  /// A constant that is computed may take this much more than the constants it replaces, so that files do not grow.
  std::uint64_t fold_bytes = 64 * 1024;
};

/// What each does and when it does nothing stands in docs/passes.md and beside its definition. Returns the number of
/// changes; 0 means that the graph is as it was. Errors: those of memory.
using PassFunction = Result<std::size_t> (*)(Model& model, const PassLimits& limits);

Result<std::size_t> fold_constants(Model& model, const PassLimits& limits);
Result<std::size_t> remove_identities(Model& model, const PassLimits& limits);
Result<std::size_t> merge_casts(Model& model, const PassLimits& limits);
Result<std::size_t> merge_reshapes(Model& model, const PassLimits& limits);
Result<std::size_t> merge_transposes(Model& model, const PassLimits& limits);
Result<std::size_t> fold_pads(Model& model, const PassLimits& limits);
Result<std::size_t> fold_batch_norm(Model& model, const PassLimits& limits);
Result<std::size_t> share_initializers(Model& model, const PassLimits& limits);
Result<std::size_t> remove_dead_nodes(Model& model, const PassLimits& limits);
Result<std::size_t> note_shapes(Model& model, const PassLimits& limits);

}  // namespace tandem::graph
