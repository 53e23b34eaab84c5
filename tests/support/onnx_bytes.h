// SPDX-License-Identifier: Apache-2.0
// Composes small ONNX models byte by byte, so that unit tests need neither Python nor files.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/dtype.h"

namespace tandem::onnx_bytes {

/// A dimension of an input or output: a size or a name.
using Dimension = std::variant<std::int64_t, std::string>;

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80U; value >>= 7U) bytes += static_cast<char>((value & 0x7FU) | 0x80U);
  return bytes + static_cast<char>(value);
}
inline std::string integer(std::uint32_t field, std::int64_t value) {
  return varint(field << 3U) + varint(static_cast<std::uint64_t>(value));
}
inline std::string bytes(std::uint32_t field, std::string_view content) {
  return varint(field << 3U | 2U) + varint(content.size()) + std::string(content);
}

/// NodeProto
inline std::string node(std::string_view op, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs) {
  std::string message;
  for (const auto& input : inputs) message += bytes(1, input);
  for (const auto& output : outputs) message += bytes(2, output);
  return message + bytes(4, op);
}

/// ValueInfoProto of a tensor
inline std::string value(std::string_view name, DType dtype, const std::vector<Dimension>& shape) {
  std::string dims;
  for (const auto& dimension : shape) {
    const auto* size = std::get_if<std::int64_t>(&dimension);
    dims += bytes(1, size != nullptr ? integer(1, *size) : bytes(2, std::get<std::string>(dimension)));
  }
  return bytes(1, name) + bytes(2, bytes(1, integer(1, static_cast<int>(dtype)) + bytes(2, dims)));
}

/// ValueInfoProto of a tensor whose shape the model does not state
inline std::string value_of_any_shape(std::string_view name, DType dtype) {
  return bytes(1, name) + bytes(2, bytes(1, integer(1, static_cast<int>(dtype))));
}

/// ValueInfoProto of a sequence of tensors
inline std::string sequence(std::string_view name, DType dtype) {
  return bytes(1, name) + bytes(2, bytes(4, bytes(1, bytes(1, integer(1, static_cast<int>(dtype))))));
}

/// TensorProto with raw_data
inline std::string initializer(std::string_view name, DType dtype, const std::vector<std::int64_t>& shape,
                               std::string_view raw) {
  std::string message;
  for (const auto size : shape) message += integer(1, size);
  return message + integer(2, static_cast<int>(dtype)) + bytes(8, name) + bytes(9, raw);
}

struct Graph {
  std::vector<std::string> nodes;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> initializers = {};
};

/// ModelProto: IR 8, opset 17, producer "tandem-test", graph "tiny", version 7, metadata {"task": "testing"}
inline std::string model(const Graph& graph, std::int64_t opset = 17, std::int64_t ir = 8) {
  std::string message;
  for (const auto& item : graph.nodes) message += bytes(1, item);
  message += bytes(2, "tiny");
  for (const auto& item : graph.initializers) message += bytes(5, item);
  for (const auto& item : graph.inputs) message += bytes(11, item);
  for (const auto& item : graph.outputs) message += bytes(12, item);
  return integer(1, ir) + bytes(2, "tandem-test") + bytes(4, "org.example") + integer(5, 7) + bytes(6, "for tests") +
         bytes(7, message) + bytes(8, integer(2, opset)) + bytes(14, bytes(1, "task") + bytes(2, "testing"));
}

/// y = a + b, float32 [batch, width]
inline std::string add_model(std::int64_t width) {
  const std::vector<Dimension> shape = {std::string("batch"), width};
  return model({{node("Add", {"a", "b"}, {"y"})},
                {value("a", DType::kFloat32, shape), value("b", DType::kFloat32, shape)},
                {value("y", DType::kFloat32, shape)}});
}

/// y = x, of any type, [n]
inline std::string identity_model(DType dtype, std::int64_t opset = 17, std::int64_t ir = 8) {
  return model({{node("Identity", {"x"}, {"y"})},
                {value("x", dtype, {std::string("n")})},
                {value("y", dtype, {std::string("n")})}},
               opset, ir);
}

inline std::span<const std::byte> as_bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

}  // namespace tandem::onnx_bytes
