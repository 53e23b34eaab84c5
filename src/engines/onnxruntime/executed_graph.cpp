// SPDX-License-Identifier: Apache-2.0
// Walks ModelProto, GraphProto, NodeProto, AttributeProto and TensorProto; field numbers are those of onnx/onnx.proto.
#include "engines/onnxruntime/executed_graph.h"

#include <utility>

#include "base/protobuf_wire.h"

namespace tandem::onnxruntime {
namespace {

using Field = ProtobufField::Wire;

constexpr int kMaxGraphDepth = 16;
constexpr std::size_t kMaxIntegers = 4096;  // longer lists are no shape, and nobody counts with them

tl::unexpected<Error> damaged_model() { return invalid_argument("the optimized model is damaged or cut off"); }

/// A repeated int64, packed or not.
Status add_integers(const ProtobufField& field, std::vector<std::int64_t>& integers) {
  if (field.wire == Field::kVarint) integers.push_back(static_cast<std::int64_t>(field.value));
  if (field.wire != Field::kBytes) return {};
  ProtobufReader packed(field.bytes);
  while (integers.size() < kMaxIntegers) {
    const auto value = packed.next_varint();
    if (!value) break;
    integers.push_back(static_cast<std::int64_t>(*value));
  }
  if (packed.damaged()) return damaged_model();
  return {};
}

class ExecutedGraphReader final {
 public:
  Status read_graph(std::span<const std::byte> graph, int depth) {
    if (depth > kMaxGraphDepth) return invalid_argument("the optimized model nests its subgraphs too deep");
    ProtobufReader reader(graph);
    while (const auto field = reader.next()) {  // GraphProto {1: node, 5: initializer}
      if (field->is(1, Field::kBytes)) TRY(read_node(field->bytes, depth));
      if (field->is(5, Field::kBytes)) TRY(read_constant(field->bytes));
    }
    if (reader.damaged()) return damaged_model();
    return {};
  }

  ExecutedGraph take() { return std::move(graph_); }

 private:
  /// NodeProto {1: input, 2: output, 3: name, 4: op_type, 5: attribute, 7: domain}
  Status read_node(std::span<const std::byte> message, int depth) {
    ExecutedNode node;
    ProtobufReader reader(message);
    while (const auto field = reader.next()) {
      if (field->wire != Field::kBytes) continue;
      switch (field->number) {
        case 1: node.inputs.emplace_back(field->text()); break;
        case 2: node.outputs.emplace_back(field->text()); break;
        case 3: node.name = field->text(); break;
        case 4: node.op = field->text(); break;
        case 5: TRY(read_attribute(field->bytes, node, depth)); break;
        case 7: node.domain = field->text(); break;
        default: break;
      }
    }
    if (reader.damaged()) return damaged_model();
    if (node.domain == "ai.onnx") node.domain.clear();
    graph_.nodes.push_back(std::move(node));
    return {};
  }

  /// AttributeProto {1: name, 3: i, 4: s, 6: g, 8: ints}
  Status read_attribute(std::span<const std::byte> message, ExecutedNode& node, int depth) {
    std::string name;
    std::vector<std::int64_t> integers;
    std::string text;
    ProtobufReader reader(message);
    while (const auto field = reader.next()) {
      if (field->is(1, Field::kBytes)) name = field->text();
      if (field->is(4, Field::kBytes)) text = field->text();
      if (field->is(6, Field::kBytes)) TRY(read_graph(field->bytes, depth + 1));
      if (field->is(3, Field::kVarint) || field->number == 8) TRY(add_integers(*field, integers));
    }
    if (reader.damaged()) return damaged_model();
    if (!integers.empty()) node.integers[name] = std::move(integers);
    if (!text.empty()) node.texts[name] = std::move(text);
    return {};
  }

  /// TensorProto {1: dims, 2: data_type, 8: name}
  Status read_constant(std::span<const std::byte> message) {
    ProfiledValue value;
    value.constant = true;
    std::vector<std::int64_t> dims;
    ProtobufReader reader(message);
    while (const auto field = reader.next()) {
      if (field->number == 1) TRY(add_integers(*field, dims));
      if (field->is(2, Field::kVarint) && field->value < kDTypeCount) value.dtype = static_cast<DType>(field->value);
      if (field->is(8, Field::kBytes)) value.name = field->text();
    }
    if (reader.damaged()) return damaged_model();
    value.shape = Shape(std::move(dims));
    graph_.constants[value.name] = value;
    return {};
  }

  ExecutedGraph graph_;
};

}  // namespace

Result<ExecutedGraph> read_executed_graph(std::span<const std::byte> model) {
  ExecutedGraphReader graph;
  ProtobufReader reader(model);
  while (const auto field = reader.next()) {  // ModelProto {7: graph}
    if (field->is(7, Field::kBytes)) TRY(graph.read_graph(field->bytes, 0));
  }
  if (reader.damaged()) return damaged_model();
  return graph.take();
}

}  // namespace tandem::onnxruntime
