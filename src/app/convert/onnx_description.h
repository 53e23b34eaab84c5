// SPDX-License-Identifier: Apache-2.0
// What an ONNX file says of itself, as the store keeps it in metadata (docs/formats/store.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "graph/onnx_summary.h"

namespace tandem::app {

/// "fp32", "fp16", "bf16", "int8" ...: the type that most of the weights have; "" for a model without weights.
std::string_view weight_precision(const OnnxSummary& summary);

/// The first release of ONNX Runtime for such a model, as its own table tells; nothing for opsets that it does not
/// list.
std::optional<std::string_view> min_onnxruntime(std::int64_t opset, std::int64_t ir_version);

/// A JSON object with the members model and compatibility.
/// checked_with  the engine that has loaded the model, "onnxruntime 1.31.1"; "" when none was asked
std::string describe_onnx(const OnnxSummary& summary, std::string_view checked_with);

}  // namespace tandem::app
