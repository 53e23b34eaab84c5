// SPDX-License-Identifier: Apache-2.0
// OnnxSummary: what an ONNX file says of itself, read without loading its weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/tensor_spec.h"

namespace tandem {

/// A constant of the model: one of its weights, or a shape or index the graph needs.
struct OnnxInitializer {
  std::string name;
  DType dtype = DType::kUndefined;
  std::vector<std::int64_t> dims;
  std::uint64_t elements = 0;
  std::uint64_t bytes = 0;  // of its elements; 0 for strings
  bool external = false;    // the elements lie in another file

  friend bool operator==(const OnnxInitializer&, const OnnxInitializer&) = default;
};

struct OnnxSummary {
  std::int64_t ir_version = 0;
  std::map<std::string, std::int64_t> opsets;  // by domain; "ai.onnx" for the default one
  std::string producer;                        // name and version
  std::string domain;
  std::int64_t model_version = 0;
  std::string description;                      // the doc string
  std::map<std::string, std::string> metadata;  // the file's own key-value pairs
  std::string graph_name;
  std::vector<TensorSpec> inputs;  // without those that only repeat an initializer (IR versions below 4)
  std::vector<TensorSpec> outputs;
  std::vector<OnnxInitializer> initializers;  // of the main graph and its subgraphs
  std::map<std::string, std::uint64_t>
      operators;  // nodes by type, subgraphs and functions included; "domain:Type" outside ai.onnx
  std::uint64_t nodes = 0;
  std::uint64_t parameters = 0;  // elements of the floating-point and quantized (8- and 4-bit) initializers
  std::uint64_t weights_bytes = 0;
  std::vector<std::string> functions;
};

/// Reads the bytes of an ONNX file, which are hostile: every length is checked, counts and depth are bounded.
/// Errors: invalid_argument with the part and the byte offset where the file is damaged, or why it is no ONNX model.
Result<OnnxSummary> summarize_onnx(std::span<const std::byte> file);

}  // namespace tandem
