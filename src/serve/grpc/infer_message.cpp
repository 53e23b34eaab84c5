// SPDX-License-Identifier: Apache-2.0
// The fields of inference.proto that an infer call uses; others are passed over, as protobuf wants it.
#include "serve/grpc/infer_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "base/protobuf_wire.h"
#include "base/protobuf_writer.h"
#include "serve/grpc/infer_contents.h"
#include "serve/grpc/parameters.h"
#include "serve/v2/datatype.h"
#include "serve/v2/tensor_binary.h"

namespace tandem::serve {
namespace {

using Wire = ProtobufField::Wire;

constexpr std::size_t kMaxTensors = 4096;
constexpr std::size_t kMaxRank = 32;
constexpr std::size_t kUsualBytes = 256;  // of an answer without its tensors, and with what is put before it
constexpr std::uint32_t kRawOutputContents = 6;
constexpr std::uint32_t kRawInputContents = 7;

tl::unexpected<Error> not_request() {
  return invalid_argument("the message is not a protobuf message of type inference.ModelInferRequest");
}

// What has been read of a shape.
struct Dimensions {
  std::array<std::int64_t, kMaxRank> values;
  std::size_t count = 0;
};

Status add_dimension(std::uint64_t value, Dimensions& dims) {
  const auto dim = static_cast<std::int64_t>(value);
  if (dims.count == kMaxRank) return invalid_argument("shape: more than " + std::to_string(kMaxRank) + " dimensions");
  if (dim < 0) return invalid_argument("shape: expected dimensions of at least 0, got " + std::to_string(dim));
  dims.values[dims.count++] = dim;
  return {};
}

Status read_dimensions(const ProtobufField& field, Dimensions& dims) {
  if (field.wire == Wire::kVarint) return add_dimension(field.value, dims);
  ProtobufReader reader(field.bytes);
  while (const auto value = reader.next_varint()) TRY(add_dimension(*value, dims));
  if (field.wire != Wire::kBytes || reader.damaged()) return not_request();
  return {};
}

// True when the parameter was one of those that say where a tensor lies.
Result<bool> read_place(const GrpcParameter& parameter, std::optional<EnvelopeSharedMemory>& place) {
  if (!parameter.name.starts_with("shared_memory_")) return false;
  if (!place) place.emplace();
  if (parameter.name == "shared_memory_region") {
    place->region = std::string(TRY(parameter_text(parameter)));
  } else if (parameter.name == "shared_memory_offset") {
    place->offset = TRY(parameter_count(parameter));
  } else if (parameter.name == "shared_memory_byte_size") {
    place->byte_size = TRY(parameter_count(parameter));
  }
  return true;
}

// The contents of inputs that came typed, unread: they may come before the datatype.
struct TypedContents {
  std::size_t input = 0;
  std::span<const std::byte> bytes;
};

// The parts of a request that are lists.
struct Lists {
  std::vector<EnvelopeInput>& inputs;
  std::vector<TypedContents> typed{};  // in the order of the inputs; most requests have none
  std::vector<std::span<const std::byte>> raw{};
};

Status read_input(std::span<const std::byte> message, Lists& lists) {
  EnvelopeInput& input = lists.inputs.emplace_back();
  std::span<const std::byte> contents;
  Dimensions dims;
  ProtobufReader reader(message);
  while (const auto field = reader.next()) {
    if (field->is(1, Wire::kBytes)) {
      input.name = field->text();
    } else if (field->is(2, Wire::kBytes)) {
      input.datatype = field->text();
    } else if (field->number == 3) {
      TRY(read_dimensions(*field, dims));
    } else if (field->is(4, Wire::kBytes)) {
      const GrpcParameter parameter = TRY(read_parameter(field->bytes));
      TRY(read_place(parameter, input.shared_memory));
    } else if (field->is(5, Wire::kBytes) && !field->bytes.empty()) {
      contents = field->bytes;
    }
  }
  if (reader.damaged()) return not_request();
  if (!contents.empty()) lists.typed.push_back({lists.inputs.size() - 1, contents});
  input.shape = Shape(std::span<const std::int64_t>(dims.values.data(), dims.count));
  if (!input.shape->element_count()) return invalid_argument("shape: the number of elements overflows 63 bits");
  return {};
}

Result<EnvelopeOutput> read_output(std::span<const std::byte> message) {
  EnvelopeOutput output;
  ProtobufReader reader(message);
  while (const auto field = reader.next()) {
    if (field->is(1, Wire::kBytes)) output.name = std::string(field->text());
    if (!field->is(2, Wire::kBytes)) continue;
    const GrpcParameter parameter = TRY(read_parameter(field->bytes));
    if (parameter.name == "classification") {
      output.classification = TRY(parameter_count(parameter));
    } else {
      TRY(read_place(parameter, output.shared_memory));
    }
  }
  if (reader.damaged()) return not_request();
  return output;
}

// sequence_id and custom parameters have no meaning for the models served here; clients send them anyway.
Status read_request_parameter(std::span<const std::byte> entry, InferMessage& message) {
  const GrpcParameter parameter = TRY(read_parameter(entry));
  if (parameter.name == "timeout") {
    message.envelope.timeout_us = TRY(parameter_count(parameter));
  } else if (parameter.name == "priority") {
    const std::uint64_t priority = TRY(parameter_count(parameter));
    if (priority > std::numeric_limits<std::uint32_t>::max())
      return invalid_argument("parameter 'priority': too large");
    message.envelope.priority = static_cast<std::uint32_t>(priority);
  } else if (parameter.name == "triton_enable_empty_final_response") {
    message.wants_final_mark = TRY(parameter_bool(parameter));
  } else if (parameter.name.starts_with("triton_")) {
    return invalid_argument(
        fmt::format("'{}' is reserved: parameters must not begin with triton_", parameter.name.substr(0, 64)));
  }
  return {};
}

Status read_typed(std::span<const std::byte> contents, EnvelopeInput& input) {
  const auto dtype = parse_v2_datatype(input.datatype);
  if (!dtype) {
    return invalid_argument("input '" + input.name + "': '" + input.datatype.substr(0, 64) +
                            "' is not a datatype of the protocol");
  }
  auto tensor = read_contents(contents, *dtype, *input.shape);
  if (!tensor) return fail(tensor.error().with_context("input '" + input.name + "'"));
  input.tensor = std::move(*tensor);
  return {};
}

// Gives each input its bytes: all come raw, in the order of the inputs that are not in shared memory, or all typed.
Status join_contents(Lists& lists) {
  const auto& raw = lists.raw;
  std::size_t next = 0;
  std::size_t next_typed = 0;
  std::size_t sent_here = 0;
  for (std::size_t i = 0; i < lists.inputs.size(); ++i) {
    EnvelopeInput& input = lists.inputs[i];
    if (next_typed < lists.typed.size() && lists.typed[next_typed].input == i) {
      if (!raw.empty()) {
        return invalid_argument("input '" + input.name +
                                "': expected either contents or raw_input_contents for all inputs, got both");
      }
      TRY(read_typed(lists.typed[next_typed++].bytes, input));
    } else if (!input.shared_memory) {
      ++sent_here;
      if (next < raw.size()) {
        input.raw = raw[next++];
      } else if (raw.empty()) {
        TRY(read_typed({}, input));  // a message without values is left out
      }
    }
  }
  if (!raw.empty() && raw.size() != sent_here) {
    return invalid_argument("expected " + std::to_string(sent_here) +
                            " raw_input_contents, one for each input that is not in shared memory, got " +
                            std::to_string(raw.size()));
  }
  return {};
}

Status read_field(const ProtobufField& field, InferMessage& message, Lists& lists) {
  if (field.wire != Wire::kBytes) return {};
  switch (field.number) {
    case 1: message.model_name = field.text(); break;
    case 2: message.model_version = field.text(); break;
    case 3:
      if (!field.bytes.empty()) message.envelope.id = std::string(field.text());
      break;
    case 4: return read_request_parameter(field.bytes, message);
    case 5:
      if (lists.inputs.size() == kMaxTensors) return invalid_argument("inputs: more than 4096");
      return read_input(field.bytes, lists);
    case 6:
      if (message.envelope.outputs.size() == kMaxTensors) return invalid_argument("outputs: more than 4096");
      message.envelope.outputs.push_back(TRY(read_output(field.bytes)));
      break;
    case kRawInputContents:
      if (lists.raw.size() == kMaxTensors) return invalid_argument("raw_input_contents: more than 4096");
      lists.raw.push_back(field.bytes);
      break;
    default: break;
  }
  return {};
}

void append_varint(std::uint64_t value, std::string& out) {
  for (; value >= 0x80U; value >>= 7U) out += static_cast<char>((value & 0x7FU) | 0x80U);
  out += static_cast<char>(value);
}

// What stands in front of a field of bytes.
void append_bytes_head(std::uint32_t field, std::size_t size, std::string& out) {
  append_varint(std::uint64_t{field} << 3U | 2U, out);
  append_varint(size, out);
}

// InferOutputTensor, straight into the answer: every answer has one.
void write_output(const std::string& name, const FinishedOutput& output, ProtobufWriter& writer) {
  const std::string_view datatype = v2_datatype(output.dtype);
  const std::span<const std::int64_t> dims(output.shape().dims());
  writer.message_head(5, ProtobufWriter::text_size(1, name) + ProtobufWriter::text_size(2, datatype) +
                             ProtobufWriter::packed_size(3, dims));
  writer.text(1, name);
  writer.text(2, datatype);
  writer.packed(3, dims);
}

void write_final_mark(ProtobufWriter& writer) {
  ProtobufWriter value;
  value.integer(1, 1);
  ProtobufWriter entry;
  entry.text(1, "triton_final_response");
  entry.message(2, std::move(value));
  writer.message(4, std::move(entry));
}

// Puts the tensors behind the text, each behind the head of its field; an output in shared memory leaves the field
// empty.
Status append_raw(std::vector<Tensor> tensors, GrpcAnswer& answer) {
  for (Tensor& tensor : tensors) {
    if (!tensor.empty()) tensor = TRY(to_binary_tensor(std::move(tensor)));
  }
  if (tensors.size() == 1 && tensors[0].byte_size() > 0) {  // as with most models
    append_bytes_head(kRawOutputContents, tensors[0].byte_size(), answer.text);
    answer.tensors = std::move(tensors);
    return {};
  }
  for (Tensor& tensor : tensors) {
    if (answer.tensors.empty()) {
      append_bytes_head(kRawOutputContents, tensor.byte_size(), answer.text);
    } else {
      const auto head = std::make_shared<std::string>();
      append_bytes_head(kRawOutputContents, tensor.byte_size(), *head);
      answer.tensors.push_back(TRY(Tensor::borrow(DType::kUint8, Shape{static_cast<std::int64_t>(head->size())},
                                                  std::as_bytes(std::span(std::as_const(*head))), head)));
    }
    if (tensor.byte_size() > 0) answer.tensors.push_back(std::move(tensor));
  }
  return {};
}

// Turns a ModelInferResponse into the infer_response of a ModelStreamInferResponse.
void wrap_for_stream(GrpcAnswer& answer) {
  std::size_t size = answer.text.size();
  for (const Tensor& tensor : answer.tensors) size += tensor.byte_size();
  std::string head;
  append_bytes_head(2, size, head);
  answer.text.insert(0, head);
}

}  // namespace

Result<InferMessage> read_infer_message(std::span<const std::byte> message) {
  InferMessage request;
  request.envelope.binary_data_output = true;
  Lists lists{request.envelope.inputs};
  ProtobufReader reader(message);
  while (const auto field = reader.next()) TRY(read_field(*field, request, lists));
  if (reader.damaged()) return not_request();
  TRY(join_contents(lists));
  return request;
}

std::size_t first_raw_byte(std::span<const std::byte> begin) {
  std::size_t at = 0;
  const auto varint = [&]() -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    for (unsigned shift = 0; at < begin.size() && shift < 63; shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(begin[at++]);
      value |= (byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    return std::nullopt;
  };
  while (at < begin.size()) {
    const auto key = varint();
    if (!key || (*key & 7U) != 2) return 0;  // requests consist of such fields only
    const auto size = varint();
    if (!size) return 0;
    if (*key >> 3U == kRawInputContents) return at;
    if (*size > begin.size() - at) return 0;
    at += static_cast<std::size_t>(*size);
  }
  return 0;
}

Result<GrpcAnswer> write_infer_answer(const DecodedInfer& decoded, const ServedModel& model, InferResponse response,
                                      const InferAnswerOptions& options) {
  if (response.outputs.size() != model.info.outputs.size()) {
    return internal_error("the engine gave " + std::to_string(response.outputs.size()) + " outputs, the model has " +
                          std::to_string(model.info.outputs.size()));
  }
  ProtobufWriter writer;
  writer.reserve(kUsualBytes);
  writer.text(1, model.name);
  writer.text(2, model.version);
  if (decoded.id) writer.text(3, *decoded.id);
  if (options.final_mark) write_final_mark(writer);
  std::vector<Tensor> tensors;
  for (const WantedOutput& wanted : decoded.outputs) {
    FinishedOutput finished = TRY(finish_output(wanted, model, std::move(response.outputs[wanted.index])));
    write_output(model.info.outputs[wanted.index].name, finished, writer);
    tensors.push_back(std::move(finished.tensor));
  }
  GrpcAnswer answer;
  answer.text = std::move(writer).bytes();
  TRY(append_raw(std::move(tensors), answer));
  if (options.in_stream) wrap_for_stream(answer);
  return answer;
}

GrpcAnswer stream_error(const Error& error, const std::string& id) {
  ProtobufWriter writer;
  writer.text(1, error.message);
  ProtobufWriter response;
  if (!id.empty()) response.text(3, id);
  writer.message(2, std::move(response));
  GrpcAnswer answer;
  answer.text = writer.bytes();
  return answer;
}

}  // namespace tandem::serve
