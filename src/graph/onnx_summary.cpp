// SPDX-License-Identifier: Apache-2.0
// Walks over ModelProto, GraphProto, NodeProto and FunctionProto (field numbers of onnx/onnx.proto).
#include "graph/onnx_summary.h"

#include <set>

#include "graph/onnx_entries.h"
#include "graph/onnx_message.h"
#include "graph/onnx_tensor_facts.h"

namespace tandem {
namespace {

using onnx::OnnxMessage;
using onnx::Wire;

// Far above real models; they bound the memory that a hostile file can ask for.
constexpr int kMaxSummaryDepth = 32;
constexpr std::size_t kMaxInitializers = 1U << 18;
constexpr std::size_t kMaxValues = 1U << 14;
constexpr std::size_t kMaxSummaryNames = 1U << 12;

bool is_weight(DType dtype) { return is_floating_point(dtype) || (is_integer(dtype) && bit_width(dtype) <= 8); }

std::string plain_domain(std::string_view domain) { return std::string(domain.empty() ? "ai.onnx" : domain); }

class Summarizer final {
 public:
  Result<OnnxSummary> read(std::span<const std::byte> file) {
    const OnnxMessage model{file, file};
    TRY(model.each("model", [&](const ProtobufField& field) { return read_model_field(model, field); }));
    if (!has_graph_) return invalid_argument("not an ONNX model: it has no graph");
    drop_inputs_with_defaults();
    return std::move(summary_);
  }

 private:
  Status read_model_field(const OnnxMessage& model, const ProtobufField& field) {
    const bool text = field.wire == Wire::kBytes;
    if (field.is(1, Wire::kVarint)) summary_.ir_version = static_cast<std::int64_t>(field.value);
    if (text && field.number == 2) summary_.producer = field.text();
    if (text && field.number == 3 && !field.bytes.empty()) summary_.producer.append(" ").append(field.text());
    if (text && field.number == 4) summary_.domain = field.text();
    if (field.is(5, Wire::kVarint)) summary_.model_version = static_cast<std::int64_t>(field.value);
    if (text && field.number == 6) summary_.description = field.text();
    if (text && field.number == 7) {
      has_graph_ = true;
      return read_graph(model.inside(field), 0);
    }
    if (text && field.number == 8) return read_opset(model.inside(field));
    if (text && field.number == 14) return read_metadata_pair(model.inside(field));
    if (text && field.number == 25) return read_function(model.inside(field));
    return {};
  }

  Status read_opset(const OnnxMessage& opset) {
    const auto [domain, version] = TRY(onnx::read_opset_import(opset));
    if (summary_.opsets.size() >= kMaxSummaryNames) return opset.refuse("opset import", "is one of too many");
    summary_.opsets[plain_domain(domain)] = version;
    return {};
  }

  Status read_metadata_pair(const OnnxMessage& pair) {
    auto [key, value] = TRY(onnx::read_metadata_entry(pair));
    if (summary_.metadata.size() >= kMaxSummaryNames) return pair.refuse("metadata entry", "is one of too many");
    summary_.metadata[std::move(key)] = std::move(value);
    return {};
  }

  Status read_graph(const OnnxMessage& graph, int depth) {
    if (depth > kMaxSummaryDepth)
      return graph.refuse("graph", fmt::format("is nested more than {} deep", kMaxSummaryDepth));
    return graph.each("graph", [&](const ProtobufField& field) -> Status {
      if (field.wire != Wire::kBytes) return {};
      const OnnxMessage part = graph.inside(field);
      switch (field.number) {
        case 1: return read_node(part, depth);
        case 2:
          if (depth == 0) summary_.graph_name = field.text();
          return {};
        case 5: return add_initializer(part, depth);
        case 11: return depth == 0 ? add_value(part, summary_.inputs) : Status();
        case 12: return depth == 0 ? add_value(part, summary_.outputs) : Status();
        case 15: return add_sparse_initializer(part, depth);
        default: return {};
      }
    });
  }

  Status read_node(const OnnxMessage& node, int depth) {
    std::string_view type;
    std::string_view domain;
    TRY(node.each("node", [&](const ProtobufField& field) -> Status {
      if (field.is(4, Wire::kBytes)) type = field.text();
      if (field.is(5, Wire::kBytes)) return read_attribute(node.inside(field), depth);
      if (field.is(7, Wire::kBytes)) domain = field.text();
      return {};
    }));
    std::string name = plain_domain(domain) == "ai.onnx" ? std::string(type) : fmt::format("{}:{}", domain, type);
    if (summary_.operators.size() >= kMaxSummaryNames && !summary_.operators.contains(name)) {
      return node.refuse("node", "is of one type too many");
    }
    ++summary_.operators[std::move(name)];
    ++summary_.nodes;
    return {};
  }

  /// Attributes matter for the subgraphs in them: `g` and `graphs`.
  Status read_attribute(const OnnxMessage& attribute, int depth) {
    return attribute.each("attribute", [&](const ProtobufField& field) -> Status {
      if (!field.is(6, Wire::kBytes) && !field.is(11, Wire::kBytes)) return {};
      return read_graph(attribute.inside(field), depth + 1);
    });
  }

  Status read_function(const OnnxMessage& function) {
    return function.each("function", [&](const ProtobufField& field) -> Status {
      if (field.is(7, Wire::kBytes)) return read_node(function.inside(field), 0);
      if (!field.is(1, Wire::kBytes)) return {};
      if (summary_.functions.size() >= kMaxSummaryNames) return function.refuse("function", "is one of too many");
      summary_.functions.emplace_back(field.text());
      return {};
    });
  }

  Status add_initializer(const OnnxMessage& tensor, int depth) {
    if (summary_.initializers.size() >= kMaxInitializers) return tensor.refuse("tensor", "is one of too many");
    OnnxInitializer initializer = TRY(onnx::read_initializer(tensor));
    std::uint64_t sum = 0;
    if (__builtin_add_overflow(summary_.weights_bytes, initializer.bytes, &sum)) {
      return tensor.refuse("tensor", "makes the weights impossibly large");
    }
    summary_.weights_bytes = sum;
    if (is_weight(initializer.dtype)) summary_.parameters += initializer.elements;
    if (depth == 0) defaults_.insert(initializer.name);
    summary_.initializers.push_back(std::move(initializer));
    return {};
  }

  /// SparseTensorProto: its values are a tensor that carries the name.
  Status add_sparse_initializer(const OnnxMessage& sparse, int depth) {
    return sparse.each("sparse tensor", [&](const ProtobufField& field) -> Status {
      return field.is(1, Wire::kBytes) ? add_initializer(sparse.inside(field), depth) : Status();
    });
  }

  static Status add_value(const OnnxMessage& value, std::vector<TensorSpec>& values) {
    if (values.size() >= kMaxValues) return value.refuse("input or output", "is one of too many");
    values.push_back(TRY(onnx::read_value_info(value)));
    return {};
  }

  /// Below IR version 4 every initializer stands among the inputs, too; above, such an input is optional.
  void drop_inputs_with_defaults() {
    if (summary_.ir_version < 4) {
      std::erase_if(summary_.inputs, [&](const TensorSpec& input) { return defaults_.contains(input.name); });
    }
    for (TensorSpec& input : summary_.inputs) input.optional = defaults_.contains(input.name);
  }

  OnnxSummary summary_;
  std::set<std::string> defaults_;
  bool has_graph_ = false;
};

}  // namespace

Result<OnnxSummary> summarize_onnx(std::span<const std::byte> file) { return Summarizer().read(file); }

}  // namespace tandem
