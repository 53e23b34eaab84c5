// SPDX-License-Identifier: Apache-2.0
// Reads an ONNX file into a graph::Model.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/error.h"
#include "graph/graph.h"

namespace tandem {

/// The bytes are hostile: every length is checked, depth and counts are bounded.
/// owner   keeps `file` alive; with it, weights borrow from the file instead of being copied. May be null.
/// Errors: invalid_argument with the part and the byte offset; unimplemented (weights in other files, sparse weights,
/// inputs that are no tensors).
Result<graph::Model> read_onnx(std::span<const std::byte> file, const std::shared_ptr<const void>& owner = nullptr);

}  // namespace tandem
