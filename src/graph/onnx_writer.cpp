// SPDX-License-Identifier: Apache-2.0
// Field numbers are those of ModelProto, GraphProto, NodeProto and AttributeProto in onnx/onnx.proto.
#include "graph/onnx_writer.h"

#include <fmt/format.h>

#include <limits>

#include "base/file.h"
#include "graph/onnx_tensor.h"

namespace tandem {
namespace {

ProtobufWriter graph_message(const graph::Graph& graph, bool repeats_weights = false);

ProtobufWriter shape_message(const SymbolicShape& shape) {
  ProtobufWriter message;
  for (const Dim& dim : shape.dims) {
    ProtobufWriter one;
    if (dim.is_fixed()) {
      one.integer(1, dim.size);
    } else if (!dim.name.empty()) {
      one.text(2, dim.name);
    }
    message.message(1, std::move(one));
  }
  return message;
}

/// ValueInfoProto
ProtobufWriter value_message(const TensorSpec& spec) {
  ProtobufWriter tensor;
  tensor.integer(1, static_cast<std::int64_t>(spec.dtype));
  if (!spec.shape.unknown_rank) tensor.message(2, shape_message(spec.shape));
  ProtobufWriter type;
  type.message(1, std::move(tensor));
  ProtobufWriter value;
  value.text(1, spec.name);
  value.message(2, std::move(type));
  return value;
}

TensorSpec spec_of(const std::string& name, const Tensor& tensor) {
  TensorSpec spec{name, tensor.dtype(), {}, false};
  for (const std::int64_t size : tensor.shape().dims()) spec.shape.dims.push_back(Dim::fixed(size));
  return spec;
}

/// Writes the value's field and the type's number (AttributeProto.AttributeType).
struct AttributeVisitor {
  ProtobufWriter& message;

  void type(std::int64_t number) { message.integer(20, number); }
  void operator()(float value) { message.real(2, value), type(1); }
  void operator()(std::int64_t value) { message.integer(3, value), type(2); }
  void operator()(const std::string& value) { message.text(4, value), type(3); }
  void operator()(const Tensor& value) { message.message(5, onnx::tensor_message("", value)), type(4); }
  void operator()(const std::unique_ptr<graph::Graph>& value) { message.message(6, graph_message(*value)), type(5); }
  void operator()(const std::vector<float>& values) {
    for (const float value : values) message.real(7, value);  // proto2: these lists are not packed
    type(6);
  }
  void operator()(const std::vector<std::int64_t>& values) {
    for (const std::int64_t value : values) message.integer(8, value);
    type(7);
  }
  void operator()(const std::vector<std::string>& values) {
    for (const std::string& value : values) message.text(9, value);
    type(8);
  }
  void operator()(const graph::OpaqueAttribute&) {}
};

ProtobufWriter attribute_message(std::string_view name, const graph::AttributeValue& value) {
  ProtobufWriter message;
  if (const auto* opaque = std::get_if<graph::OpaqueAttribute>(&value)) {
    message.append_encoded(opaque->bytes);
    return message;
  }
  message.text(1, name);
  std::visit(AttributeVisitor{message}, value);
  return message;
}

ProtobufWriter node_message(const graph::Node& node) {
  ProtobufWriter message;
  for (const std::string& input : node.inputs) message.text(1, input);
  for (const std::string& output : node.outputs) message.text(2, output);
  if (!node.name.empty()) message.text(3, node.name);
  message.text(4, node.op_type);
  for (const auto& [name, value] : node.attributes) message.message(5, attribute_message(name, value));
  if (!node.domain.empty()) message.text(7, node.domain);
  return message;
}

ProtobufWriter graph_message(const graph::Graph& graph, bool repeats_weights) {
  ProtobufWriter message;
  for (const graph::Node& node : graph.nodes) message.message(1, node_message(node));
  message.text(2, graph.name);
  for (const auto& [name, tensor] : graph.initializers) message.message(5, onnx::tensor_message(name, tensor));
  for (const TensorSpec& input : graph.inputs) message.message(11, value_message(input));
  for (const auto& [name, tensor] : graph.initializers) {
    if (repeats_weights) message.message(11, value_message(spec_of(name, tensor)));
  }
  for (const TensorSpec& output : graph.outputs) message.message(12, value_message(output));
  for (const TensorSpec& value : graph.values) message.message(13, value_message(value));
  return message;
}

void write_pairs(const graph::Model& model, ProtobufWriter& message) {
  for (const auto& [domain, version] : model.opsets) {
    ProtobufWriter opset;
    if (!domain.empty()) opset.text(1, domain);
    opset.integer(2, version);
    message.message(8, std::move(opset));
  }
  for (const auto& [key, value] : model.metadata) {
    ProtobufWriter pair;
    pair.text(1, key);
    pair.text(2, value);
    message.message(14, std::move(pair));
  }
}

}  // namespace

Result<ProtobufWriter> encode_onnx(const graph::Model& model) {
  ProtobufWriter message;
  message.integer(1, model.ir_version);
  if (!model.producer.empty()) message.text(2, model.producer);
  if (!model.producer_version.empty()) message.text(3, model.producer_version);
  if (!model.description.empty()) message.text(6, model.description);
  // Below IR version 4 every weight must stand among the inputs, too.
  message.message(7, graph_message(model.graph, model.ir_version < 4));
  write_pairs(model, message);
  for (const std::string& function : model.functions) message.text(25, function);
  if (message.size() > std::numeric_limits<std::int32_t>::max()) {
    return fail(Code::kResourceExhausted,
                fmt::format("the model takes {} bytes; one ONNX file holds at most 2 GiB: convert it to float16 first",
                            message.size()));
  }
  return message;
}

Status write_onnx(const graph::Model& model, const std::filesystem::path& path) {
  const ProtobufWriter message = TRY(encode_onnx(model));
  return write_file_atomic(path, message.pieces());
}

}  // namespace tandem
