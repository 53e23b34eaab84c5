// SPDX-License-Identifier: Apache-2.0
// Field numbers are those of ModelProto, GraphProto, NodeProto and AttributeProto in onnx/onnx.proto.
#include "graph/onnx_writer.h"

#include <fmt/format.h>

#include <array>
#include <map>

#include "base/bytes.h"
#include "base/check.h"
#include "graph/onnx_tensor.h"

namespace tandem {
namespace {

/// Where the weights lie that are not in the model's file, by name.
using ExternalPlaces = std::map<std::string_view, onnx::ExternalPlace>;

struct GraphForm {
  bool repeats_weights = false;            // among the inputs
  const ExternalPlaces* places = nullptr;  // null: all weights are inside
};

ProtobufWriter graph_message(const graph::Graph& graph, GraphForm form = {});

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

ProtobufWriter weight_message(const graph::Initializer& weight, const ExternalPlaces* places) {
  if (places != nullptr) {
    if (const auto place = places->find(weight.name); place != places->end()) {
      return onnx::external_tensor_message(weight.name, weight.tensor, place->second);
    }
  }
  return onnx::tensor_message(weight.name, weight.tensor);
}

ProtobufWriter graph_message(const graph::Graph& graph, GraphForm form) {
  ProtobufWriter message;
  for (const graph::Node& node : graph.nodes) message.message(1, node_message(node));
  message.text(2, graph.name);
  for (const graph::Initializer& weight : graph.initializers) message.message(5, weight_message(weight, form.places));
  for (const TensorSpec& input : graph.inputs) message.message(11, value_message(input));
  for (const auto& [name, tensor] : graph.initializers) {
    if (form.repeats_weights) message.message(11, value_message(spec_of(name, tensor)));
  }
  for (const TensorSpec& output : graph.outputs) message.message(12, value_message(output));
  for (const TensorSpec& value : graph.values) message.message(13, value_message(value));
  return message;
}

/// All but the metadata.
ProtobufWriter body_message(const graph::Model& model, const ExternalPlaces* places) {
  ProtobufWriter message;
  message.integer(1, model.ir_version);
  if (!model.producer.empty()) message.text(2, model.producer);
  if (!model.producer_version.empty()) message.text(3, model.producer_version);
  if (!model.description.empty()) message.text(6, model.description);
  // Below IR version 4 every weight must stand among the inputs, too.
  message.message(7, graph_message(model.graph, {model.ir_version < 4, places}));
  for (const auto& [domain, version] : model.opsets) {
    ProtobufWriter opset;
    if (!domain.empty()) opset.text(1, domain);
    opset.integer(2, version);
    message.message(8, std::move(opset));
  }
  for (const std::string& function : model.functions) message.text(25, function);
  return message;
}

void write_metadata(const graph::Model& model, ProtobufWriter& message) {
  for (const auto& [key, value] : model.metadata) {
    ProtobufWriter pair;
    pair.text(1, key);
    pair.text(2, value);
    message.message(14, std::move(pair));
  }
}

ProtobufWriter model_message(const graph::Model& model, const ExternalPlaces* places) {
  ProtobufWriter message = body_message(model, places);
  write_metadata(model, message);
  return message;
}

tl::unexpected<Error> too_large(std::uint64_t bytes) {
  return fail(Code::kResourceExhausted,
              fmt::format("the model takes {} bytes without its weights; one file holds at most 2 GiB", bytes));
}

constexpr std::uint64_t kSmallestOutside = 1024;

/// The pieces of the second file, and where each weight begins in it. Large weights begin at pages, so that runtimes
/// can map them.
struct ExternalLayout {
  ExternalPlaces places;
  std::vector<std::string_view> pieces;
};

ExternalLayout lay_out(const graph::Graph& graph, const std::string& location) {
  constexpr std::uint64_t kLarge = 1024 * 1024;
  static constexpr std::array<char, 4096> kZeros = {};
  ExternalLayout layout;
  std::uint64_t end = 0;
  for (const graph::Initializer& weight : graph.initializers) {
    const std::uint64_t bytes = weight.tensor.byte_size();
    if (bytes < kSmallestOutside) continue;
    const std::uint64_t alignment = bytes >= kLarge ? kZeros.size() : 64;
    const std::uint64_t padding = (alignment - end % alignment) % alignment;
    if (padding > 0) layout.pieces.emplace_back(kZeros.data(), static_cast<std::size_t>(padding));
    layout.pieces.push_back(as_text(weight.tensor.bytes()));
    layout.places[weight.name] = {location, end + padding, bytes};
    end += padding + bytes;
  }
  return layout;
}

}  // namespace

Result<ProtobufWriter> encode_onnx(const graph::Model& model) {
  ProtobufWriter message = model_message(model, nullptr);
  if (message.size() > OnnxFileOptions().limit_bytes) {
    return fail(
        Code::kResourceExhausted,
        fmt::format("the model takes {} bytes; one message of Protocol Buffers holds at most 2 GiB", message.size()));
  }
  return message;
}

Result<SplitOnnx> split_onnx(const graph::Model& model) {
  SplitOnnx split;
  ExternalPlaces places;
  std::uint64_t end = 0;  // no two weights in one place
  for (const graph::Initializer& weight : model.graph.initializers) {
    const std::uint64_t bytes = weight.tensor.byte_size();
    if (bytes < kSmallestOutside || weight.tensor.dtype() == DType::kString) continue;
    places[weight.name] = {"weights", end, bytes};
    end += bytes;
    split.outside.push_back(&weight);
  }
  const ProtobufWriter message = model_message(model, &places);
  if (message.size() > OnnxFileOptions().limit_bytes) {
    return fail(Code::kResourceExhausted, fmt::format("the model takes {} bytes without its weights", message.size()));
  }
  split.message = message.bytes();
  return split;
}

std::filesystem::path external_data_path(const std::filesystem::path& path) {
  std::filesystem::path data = path;
  data += ".data";
  return data;
}

OnnxFileWriter::OnnxFileWriter(const graph::Model& model, std::filesystem::path path, const OnnxFileOptions& options)
    : model_(model), path_(std::move(path)), body_(body_message(model, nullptr)) {
  ProtobufWriter metadata;
  write_metadata(model, metadata);
  if (body_.size() + metadata.size() + options.later_bytes <= options.limit_bytes) return;
  ExternalLayout layout = lay_out(model.graph, external_data_path(path_).filename().string());
  body_ = body_message(model, &layout.places);
  outside_ = std::move(layout.pieces);
}

Status OnnxFileWriter::write_body() {
  if (body_.size() > OnnxFileOptions().limit_bytes) return too_large(body_.size());
  if (!outside_.empty()) {
    data_file_.emplace(TRY(FileReplacement::open(external_data_path(path_))));
    for (const std::string_view piece : outside_) TRY(data_file_->append(piece));
  }
  file_.emplace(TRY(FileReplacement::open(path_)));
  for (const std::string_view piece : body_.pieces()) TRY(file_->append(piece));
  return {};
}

Result<std::vector<std::filesystem::path>> OnnxFileWriter::finish() {
  CHECK(file_.has_value());
  ProtobufWriter metadata;
  write_metadata(model_, metadata);
  if (body_.size() + metadata.size() > OnnxFileOptions().limit_bytes) return too_large(body_.size() + metadata.size());
  TRY(file_->append(metadata.bytes()));
  std::vector<std::filesystem::path> files{path_};
  if (data_file_) {
    files.push_back(external_data_path(path_));
    TRY(data_file_->commit());
  }
  TRY(file_->commit());
  return files;
}

Result<std::vector<std::filesystem::path>> write_onnx(const graph::Model& model, const std::filesystem::path& path,
                                                      const OnnxFileOptions& options) {
  OnnxFileWriter writer(model, path, options);
  TRY(writer.write_body());
  return writer.finish();
}

}  // namespace tandem
