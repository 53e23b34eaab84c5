// SPDX-License-Identifier: Apache-2.0
// Graph and Model: an ONNX model in memory, as plain data that importers build, passes change and the writer writes.
//
// Source of the terms and of what may stand where: onnx/onnx.proto and docs/IR.md of the ONNX project.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/tensor.h"
#include "core/tensor_spec.h"

namespace tandem::graph {

struct Graph;

/// An attribute of a kind that nothing here looks into (lists of graphs, sparse tensors, types): its AttributeProto,
/// written back as it was read.
struct OpaqueAttribute {
  std::string bytes;
};

using AttributeValue = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>,
                                    std::vector<std::string>, Tensor, std::unique_ptr<Graph>, OpaqueAttribute>;

/// An operator applied to named values. An empty input or output name is an optional one left out.
struct Node {
  std::string name;
  std::string op_type;
  std::string domain;  // "" is ONNX's own, ai.onnx
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::map<std::string, AttributeValue, std::less<>> attributes;

  /// Null when the attribute is absent or of another type.
  template <typename T>
  const T* attribute(std::string_view key) const {
    const auto found = attributes.find(key);
    return found == attributes.end() ? nullptr : std::get_if<T>(&found->second);
  }
  /// The integer attribute, or `otherwise` when it is absent.
  std::int64_t integer(std::string_view key, std::int64_t otherwise) const {
    const auto* value = attribute<std::int64_t>(key);
    return value == nullptr ? otherwise : *value;
  }
  /// Whether this is ONNX's own operator of that name.
  bool is(std::string_view type) const { return op_type == type && (domain.empty() || domain == "ai.onnx"); }
};

/// A constant of the graph under its name.
struct Initializer {
  std::string name;
  Tensor tensor;
};

/// Values have one definition each: an input, an initializer or an output of one node. Moves, does not copy.
struct Graph {
  std::string name;
  std::vector<Node> nodes;  // in an order in which every value is defined before it is used
  std::vector<Initializer> initializers;
  std::vector<TensorSpec> inputs;  // without those that only repeat an initializer
  std::vector<TensorSpec> outputs;
  std::vector<TensorSpec> values;  // what is known of the values in between; may be empty

  /// Null when there is none of that name.
  const Initializer* find_initializer(std::string_view wanted) const;
  Initializer* find_initializer(std::string_view wanted);
};

struct Model {
  std::int64_t ir_version = 8;
  std::map<std::string, std::int64_t> opsets = {{"", 17}};  // by domain; "" is ai.onnx
  std::string producer = "tandem";
  std::string producer_version;
  std::string description;
  std::map<std::string, std::string> metadata;
  Graph graph;
  std::vector<std::string> functions;  // FunctionProto messages, as they were read

  /// Opset of ONNX's own operators; 0 when the model imports none.
  std::int64_t opset() const;
};

}  // namespace tandem::graph
