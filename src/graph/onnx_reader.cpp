// SPDX-License-Identifier: Apache-2.0
// Field numbers are those of ModelProto, GraphProto, NodeProto and AttributeProto in onnx/onnx.proto.
#include "graph/onnx_reader.h"

#include <algorithm>
#include <bit>
#include <set>

#include "base/bytes.h"
#include "base/file.h"
#include "graph/onnx_entries.h"
#include "graph/onnx_external.h"
#include "graph/onnx_message.h"
#include "graph/onnx_tensor.h"
#include "graph/onnx_tensor_facts.h"

namespace tandem {
namespace {

using graph::AttributeValue;
using graph::Graph;
using graph::Node;
using onnx::OnnxMessage;
using onnx::Wire;

// Far above real models; they bound the memory that a hostile file can ask for.
constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxNames = 1U << 16;

/// AttributeProto.AttributeType
enum AttributeType : std::int64_t {
  kFloat = 1,
  kInt = 2,
  kString = 3,
  kTensor = 4,
  kGraph = 5,
  kFloats = 6,
  kInts = 7,
  kStrings = 8,
};

struct Source {
  const std::shared_ptr<const void>& owner;
  onnx::ExternalFiles* files = nullptr;
  int depth = 0;

  Source inner() const { return {owner, files, depth + 1}; }
};

Result<Graph> read_graph(const OnnxMessage& message, Source source);

float as_float(std::uint64_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits)); }

Status read_floats(const OnnxMessage& message, const ProtobufField& field, std::vector<float>& values) {
  if (field.wire == Wire::kFixed32) values.push_back(as_float(field.value));
  if (field.wire != Wire::kBytes) return {};
  if (field.bytes.size() % sizeof(float) != 0) return message.refuse("attribute", "has a damaged list of floats");
  const std::size_t old = values.size();
  values.resize(old + field.bytes.size() / sizeof(float));
  std::copy(field.bytes.begin(), field.bytes.end(), std::as_writable_bytes(std::span(values).subspan(old)).begin());
  return {};
}

Status read_integers(const OnnxMessage& message, const ProtobufField& field, std::vector<std::int64_t>& values) {
  if (field.wire == Wire::kVarint) values.push_back(static_cast<std::int64_t>(field.value));
  if (field.wire != Wire::kBytes) return {};
  ProtobufReader packed(field.bytes);
  while (const auto value = packed.next_varint()) values.push_back(static_cast<std::int64_t>(*value));
  if (packed.damaged()) return message.refuse("attribute", "has a damaged list of integers");
  return {};
}

/// What the type says of the attribute: old files leave it out, then the one field that is there decides.
Result<std::int64_t> attribute_type(const OnnxMessage& message) {
  std::int64_t stated = 0;
  std::int64_t found = 0;
  TRY(message.each("attribute", [&](const ProtobufField& field) -> Status {
    switch (field.number) {
      case 20: stated = static_cast<std::int64_t>(field.value); break;
      case 2: found = kFloat; break;
      case 3: found = kInt; break;
      case 4: found = kString; break;
      case 5: found = kTensor; break;
      case 6: found = kGraph; break;
      case 7: found = kFloats; break;
      case 8: found = kInts; break;
      case 9: found = kStrings; break;
      default: break;
    }
    return {};
  }));
  return stated != 0 ? stated : found;
}

class AttributeReader final {
 public:
  AttributeReader(const OnnxMessage& message, Source source) : message_(message), source_(source) {}

  Result<std::pair<std::string, AttributeValue>> read() {
    const std::int64_t type = TRY(attribute_type(message_));
    if (!prepare(type)) value_ = graph::OpaqueAttribute{std::string(as_text(message_.bytes))};
    TRY(message_.each("attribute", [&](const ProtobufField& field) -> Status {
      if (field.is(1, Wire::kBytes)) name_ = field.text();
      // Of a function's formal parameter there is only a reference, which is kept as it is.
      if (field.is(21, Wire::kBytes)) value_ = graph::OpaqueAttribute{std::string(as_text(message_.bytes))};
      return read_value(field, type);
    }));
    if (name_.empty()) return message_.refuse("attribute", "has no name");
    if (const auto* graph = std::get_if<std::unique_ptr<Graph>>(&value_); graph != nullptr && *graph == nullptr) {
      return message_.refuse("attribute", "should hold a graph and holds none");
    }
    if (std::holds_alternative<Tensor>(value_) && !has_tensor_) {
      return message_.refuse("attribute", "should hold a tensor and holds none");
    }
    return std::pair(std::move(name_), std::move(value_));
  }

 private:
  bool prepare(std::int64_t type) {
    switch (type) {
      case kFloat: value_ = 0.0F; return true;
      case kInt: value_ = std::int64_t{0}; return true;
      case kString: value_ = std::string(); return true;
      case kTensor: value_ = Tensor(); return true;
      case kGraph: value_ = std::unique_ptr<Graph>(); return true;
      case kFloats: value_ = std::vector<float>(); return true;
      case kInts: value_ = std::vector<std::int64_t>(); return true;
      case kStrings: value_ = std::vector<std::string>(); return true;
      default: return false;
    }
  }

  Status read_value(const ProtobufField& field, std::int64_t type) {
    if (std::holds_alternative<graph::OpaqueAttribute>(value_)) return {};
    if (type == kFloat && field.is(2, Wire::kFixed32)) value_ = as_float(field.value);
    if (type == kInt && field.is(3, Wire::kVarint)) value_ = static_cast<std::int64_t>(field.value);
    if (type == kString && field.is(4, Wire::kBytes)) value_ = std::string(field.text());
    if (type == kFloats && field.number == 7) return read_floats(message_, field, std::get<std::vector<float>>(value_));
    if (type == kInts && field.number == 8) {
      return read_integers(message_, field, std::get<std::vector<std::int64_t>>(value_));
    }
    if (type == kStrings && field.is(9, Wire::kBytes)) {
      std::get<std::vector<std::string>>(value_).emplace_back(field.text());
    }
    if (type == kTensor && field.is(5, Wire::kBytes)) {
      value_ = TRY(onnx::read_tensor(message_.inside(field), source_.owner, source_.files)).tensor;
      has_tensor_ = true;
    }
    if (type == kGraph && field.is(6, Wire::kBytes)) {
      value_ = std::make_unique<Graph>(TRY(read_graph(message_.inside(field), source_.inner())));
    }
    return {};
  }

  const OnnxMessage& message_;
  Source source_;
  std::string name_;
  AttributeValue value_;
  bool has_tensor_ = false;
};

Result<Node> read_node(const OnnxMessage& message, Source source) {
  Node node;
  TRY(message.each("node", [&](const ProtobufField& field) -> Status {
    if (field.wire != Wire::kBytes) return {};
    switch (field.number) {
      case 1: node.inputs.emplace_back(field.text()); break;
      case 2: node.outputs.emplace_back(field.text()); break;
      case 3: node.name = field.text(); break;
      case 4: node.op_type = field.text(); break;
      case 5: {
        auto [name, value] = TRY(AttributeReader(message.inside(field), source).read());
        if (!node.attributes.emplace(name, std::move(value)).second) {
          return message.refuse("node", fmt::format("has the attribute '{}' twice", name));
        }
        break;
      }
      case 7: node.domain = field.text(); break;
      default: break;
    }
    return {};
  }));
  if (node.op_type.empty()) return message.refuse("node", "names no operator");
  if (node.domain == "ai.onnx") node.domain.clear();
  return node;
}

Result<TensorSpec> read_edge(const OnnxMessage& message) {
  TensorSpec spec = TRY(onnx::read_value_info(message));
  if (spec.dtype == DType::kUndefined) {
    return fail(
        Code::kUnimplemented,
        fmt::format("'{}', an input or output of the model, is no tensor: only tensors are handled here", spec.name));
  }
  return spec;
}

/// Below IR version 4 every initializer stands among the inputs, too; above, such an input may be overridden, which
/// nothing here makes use of.
void drop_inputs_with_defaults(Graph& graph) {
  std::set<std::string_view> constants;
  for (const auto& initializer : graph.initializers) constants.insert(initializer.name);
  std::erase_if(graph.inputs, [&](const TensorSpec& input) { return constants.contains(input.name); });
}

Result<Graph> read_graph(const OnnxMessage& message, Source source) {
  if (source.depth > kMaxDepth) return message.refuse("graph", fmt::format("is nested more than {} deep", kMaxDepth));
  Graph graph;
  TRY(message.each("graph", [&](const ProtobufField& field) -> Status {
    if (field.wire != Wire::kBytes) return {};
    const OnnxMessage part = message.inside(field);
    switch (field.number) {
      case 1: graph.nodes.push_back(TRY(read_node(part, source))); break;
      case 2: graph.name = field.text(); break;
      case 5: graph.initializers.push_back(TRY(onnx::read_tensor(part, source.owner, source.files))); break;
      case 11: graph.inputs.push_back(TRY(read_edge(part))); break;
      case 12: graph.outputs.push_back(TRY(read_edge(part))); break;
      case 13:
        graph.values.push_back(TRY(onnx::read_value_info(part)));
        if (graph.values.back().dtype == DType::kUndefined) graph.values.pop_back();
        break;
      case 15: return fail(Code::kUnimplemented, "the model has sparse weights, which are not handled here");
      default: break;
    }
    return {};
  }));
  drop_inputs_with_defaults(graph);
  return graph;
}

Status read_opset(const OnnxMessage& message, graph::Model& model) {
  auto [domain, version] = TRY(onnx::read_opset_import(message));
  if (domain == "ai.onnx") domain.clear();
  if (model.opsets.size() >= kMaxNames) return message.refuse("opset import", "is one of too many");
  model.opsets[std::move(domain)] = version;
  return {};
}

Status read_metadata(const OnnxMessage& message, graph::Model& model) {
  auto [key, value] = TRY(onnx::read_metadata_entry(message));
  if (model.metadata.size() >= kMaxNames) return message.refuse("metadata entry", "is one of too many");
  model.metadata[std::move(key)] = std::move(value);
  return {};
}

Status read_model_field(const OnnxMessage& message, const ProtobufField& field, graph::Model& model) {
  if (field.is(1, Wire::kVarint)) model.ir_version = static_cast<std::int64_t>(field.value);
  if (field.wire != Wire::kBytes) return {};
  switch (field.number) {
    case 2: model.producer = field.text(); break;
    case 3: model.producer_version = field.text(); break;
    case 6: model.description = field.text(); break;
    case 8: return read_opset(message.inside(field), model);
    case 14: return read_metadata(message.inside(field), model);
    case 25: model.functions.emplace_back(field.text()); break;
    default: break;
  }
  return {};
}

Result<graph::Model> read_model(std::span<const std::byte> file, Source source) {
  const OnnxMessage message{file, file};
  graph::Model model;
  model.opsets.clear();
  model.producer.clear();
  bool has_graph = false;
  TRY(message.each("model", [&](const ProtobufField& field) -> Status {
    if (!field.is(7, Wire::kBytes)) return read_model_field(message, field, model);
    has_graph = true;
    model.graph = TRY(read_graph(message.inside(field), source));
    return {};
  }));
  if (!has_graph) return invalid_argument("not an ONNX model: it has no graph");
  return model;
}

}  // namespace

Result<graph::Model> read_onnx(std::span<const std::byte> file, const std::shared_ptr<const void>& owner) {
  return read_model(file, {owner});
}

Result<graph::Model> read_onnx_file(const std::filesystem::path& path) {
  auto mapped = std::make_shared<MappedFile>(TRY(MappedFile::open(path)));
  const std::span<const std::byte> bytes = mapped->bytes();
  const std::shared_ptr<const void> owner = std::move(mapped);
  onnx::ExternalFiles files(path.parent_path());
  return read_model(bytes, {owner, &files});
}

}  // namespace tandem
