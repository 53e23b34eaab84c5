// SPDX-License-Identifier: Apache-2.0
// Reads an ONNX file into a graph::Model.
#pragma once

#include <cstddef>
#include <filesystem>
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

/// The file, mapped; weights borrow from the mapping, also those in other files of its folder (onnx_external.h).
/// Errors: those of read_onnx, of opening and of ExternalFiles.
Result<graph::Model> read_onnx_file(const std::filesystem::path& path);

}  // namespace tandem
