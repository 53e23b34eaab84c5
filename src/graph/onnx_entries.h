// SPDX-License-Identifier: Apache-2.0
// The small pairs of an ONNX file: which opset of a domain it uses, and its own key-value properties.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "graph/onnx_message.h"

namespace tandem::onnx {

/// OperatorSetIdProto: the domain as it stands in the file ("" or "ai.onnx" is ONNX's own) and the version.
Result<std::pair<std::string, std::int64_t>> read_opset_import(const OnnxMessage& opset);

/// StringStringEntryProto: key and value.
Result<std::pair<std::string, std::string>> read_metadata_entry(const OnnxMessage& entry);

}  // namespace tandem::onnx
