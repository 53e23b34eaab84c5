// SPDX-License-Identifier: Apache-2.0
// In which opsets ONNX's operators came and changed.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tandem::graph {

struct OperatorVersion {
  std::int64_t since = 0;    // the opset
  bool has_changed = false;  // inputs, outputs or attributes, not types alone, against the version before
  /// Which types of tensors each takes and gives: bit i for DType i. The last may stand for any number of them.
  std::vector<std::uint64_t> inputs;
  std::vector<std::uint64_t> outputs;
};

/// The oldest first; empty for what is no operator of ONNX.
std::span<const OperatorVersion> operator_history(std::string_view op);

}  // namespace tandem::graph
