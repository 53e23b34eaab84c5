// SPDX-License-Identifier: Apache-2.0
// Weights of an ONNX model that lie in other files ("external data"): where, and how they are reached safely.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/error.h"
#include "graph/onnx_message.h"

namespace tandem::onnx {

/// What a TensorProto says: docs/ExternalData.md of the ONNX project.
struct ExternalPlace {
  std::string location;  // relative to the folder of the model
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;  // absent: to the end of the file
};

/// Errors: invalid_argument (no location, numbers that are none).
Result<ExternalPlace> read_external_place(const OnnxMessage& tensor);

/// The files beside one model, each mapped once.
class ExternalFiles final {
 public:
  explicit ExternalFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  struct Piece {
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner;  // of the mapping
  };

  /// Errors: permission_denied (a location that leaves the folder, by its text or by a link); not_found;
  /// invalid_argument (an offset or a length beyond the file).
  Result<Piece> find(const ExternalPlace& place);

 private:
  struct Mapping {
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner;
  };
  Result<Mapping> open(const std::string& location);

  std::filesystem::path folder_;
  std::map<std::string, Mapping> files_;
};

}  // namespace tandem::onnx
