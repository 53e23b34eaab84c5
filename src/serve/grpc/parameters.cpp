// SPDX-License-Identifier: Apache-2.0
// Map entries are messages of a key and a value; the value is one of five kinds.
#include "serve/grpc/parameters.h"

#include <bit>

#include "base/protobuf_wire.h"

namespace tandem::serve {
namespace {

using Wire = ProtobufField::Wire;

std::string quoted(const GrpcParameter& parameter) {
  return "parameter '" + std::string(parameter.name.substr(0, 64)) + "'";
}

bool read_value(std::span<const std::byte> message, GrpcParameter& parameter) {
  ProtobufReader reader(message);
  while (const auto field = reader.next()) {
    if (field->is(1, Wire::kVarint)) {
      parameter.value = field->value != 0;
    } else if (field->is(2, Wire::kVarint)) {
      parameter.value = static_cast<std::int64_t>(field->value);
    } else if (field->is(3, Wire::kBytes)) {
      parameter.value = field->text();
    } else if (field->is(4, Wire::kFixed64)) {
      parameter.value = std::bit_cast<double>(field->value);
    } else if (field->is(5, Wire::kVarint)) {
      parameter.value = field->value;
    }
  }
  return !reader.damaged();
}

}  // namespace

Result<GrpcParameter> read_parameter(std::span<const std::byte> entry) {
  GrpcParameter parameter;
  ProtobufReader reader(entry);
  bool readable = true;
  while (const auto field = reader.next()) {
    if (field->is(1, Wire::kBytes)) parameter.name = field->text();
    if (field->is(2, Wire::kBytes)) readable = readable && read_value(field->bytes, parameter);
  }
  if (reader.damaged() || !readable)
    return invalid_argument(quoted(parameter) + " is not a message of type InferParameter");
  return parameter;
}

Result<std::uint64_t> parameter_count(const GrpcParameter& parameter) {
  if (const auto* number = std::get_if<std::uint64_t>(&parameter.value)) return *number;
  const auto* number = std::get_if<std::int64_t>(&parameter.value);
  if (number != nullptr && *number >= 0) return static_cast<std::uint64_t>(*number);
  return invalid_argument(quoted(parameter) + ": expected int64_param or uint64_param of at least 0");
}

Result<bool> parameter_bool(const GrpcParameter& parameter) {
  if (const auto* flag = std::get_if<bool>(&parameter.value)) return *flag;
  return invalid_argument(quoted(parameter) + ": expected bool_param");
}

Result<std::string_view> parameter_text(const GrpcParameter& parameter) {
  if (const auto* text = std::get_if<std::string_view>(&parameter.value)) return *text;
  return invalid_argument(quoted(parameter) + ": expected string_param");
}

}  // namespace tandem::serve
