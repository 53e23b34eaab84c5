// SPDX-License-Identifier: Apache-2.0
// The fields of protocol V2; unknown fields and parameters are read over.
#include "serve/v2/infer_envelope.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kMaxTensors = 4096;
constexpr std::size_t kMaxRank = 32;

Result<std::uint64_t> read_count(JsonReader& reader, std::string_view what) {
  auto value = reader.uint64();
  if (!value) return fail(value.error().with_context(what));
  return value;
}

template <typename T>
Result<T> in_context(Result<T> result, std::string_view what) {
  if (!result) return fail(result.error().with_context(what));
  return result;
}

Result<Shape> read_shape(JsonReader& reader) {
  std::vector<std::int64_t> dims;
  TRY(reader.begin_array());
  while (TRY(reader.next_element())) {
    if (dims.size() == kMaxRank) return invalid_argument("more than " + std::to_string(kMaxRank) + " dimensions");
    const std::int64_t dim = TRY(reader.int64());
    if (dim < 0) return invalid_argument("expected dimensions of at least 0, got " + std::to_string(dim));
    dims.push_back(dim);
  }
  Shape shape(std::move(dims));
  if (!shape.element_count()) return invalid_argument("the number of elements overflows 63 bits");
  return shape;
}

Status read_input_parameters(JsonReader& reader, EnvelopeInput& input) {
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (key == "binary_data_size") {
      input.binary_data_size = TRY(read_count(reader, key));
    } else {
      input.shared_memory = input.shared_memory || key == "shared_memory_region";
      TRY(reader.skip());
    }
  }
  return {};
}

Result<EnvelopeInput> read_input(JsonReader& reader, const DataReader& read_data) {
  EnvelopeInput input;
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (key == "name") {
      input.name = TRY(in_context(reader.string(), "name"));
    } else if (key == "datatype") {
      input.datatype = TRY(in_context(reader.string(), "datatype"));
    } else if (key == "shape") {
      input.shape = TRY(in_context(read_shape(reader), "shape"));
    } else if (key == "parameters") {
      TRY(in_context(read_input_parameters(reader, input), "parameters"));
    } else if (key == "data") {
      if (input.data || !input.tensor.empty()) return invalid_argument("data stands twice");
      if (!input.name.empty() && !input.datatype.empty() && input.shape) {
        input.tensor = TRY(read_data(reader, input));
      } else {
        input.data = TRY(reader.raw());
      }
    } else {
      TRY(reader.skip());
    }
  }
  return input;
}

Status read_output_parameters(JsonReader& reader, EnvelopeOutput& output) {
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (key == "binary_data") {
      output.binary_data = TRY(in_context(reader.boolean(), key));
    } else if (key == "classification") {
      output.classification = TRY(read_count(reader, key));
    } else {
      output.shared_memory = output.shared_memory || key == "shared_memory_region";
      TRY(reader.skip());
    }
  }
  return {};
}

Result<EnvelopeOutput> read_output(JsonReader& reader) {
  EnvelopeOutput output;
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (key == "name") {
      output.name = TRY(in_context(reader.string(), "name"));
    } else if (key == "parameters") {
      TRY(in_context(read_output_parameters(reader, output), "parameters"));
    } else {
      TRY(reader.skip());
    }
  }
  return output;
}

// sequence_id, priority and custom parameters have no meaning for the models served here; clients send them anyway.
Status read_request_parameters(JsonReader& reader, Envelope& envelope) {
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (key == "timeout") {
      envelope.timeout_us = TRY(read_count(reader, "timeout (microseconds)"));
    } else if (key == "binary_data_output") {
      envelope.binary_data_output = TRY(in_context(reader.boolean(), key));
    } else if (key.starts_with("triton_")) {
      return invalid_argument("'" + key + "' is reserved: parameters must not begin with triton_");
    } else {
      TRY(reader.skip());
    }
  }
  return {};
}

Status read_inputs(JsonReader& reader, const DataReader& read_data, Envelope& envelope) {
  TRY(reader.begin_array());
  while (TRY(reader.next_element())) {
    if (envelope.inputs.size() == kMaxTensors) return invalid_argument("inputs: more than 4096");
    envelope.inputs.push_back(
        TRY(in_context(read_input(reader, read_data), "inputs[" + std::to_string(envelope.inputs.size()) + "]")));
  }
  return {};
}

Status read_outputs(JsonReader& reader, Envelope& envelope) {
  TRY(reader.begin_array());
  while (TRY(reader.next_element())) {
    if (envelope.outputs.size() == kMaxTensors) return invalid_argument("outputs: more than 4096");
    envelope.outputs.push_back(
        TRY(in_context(read_output(reader), "outputs[" + std::to_string(envelope.outputs.size()) + "]")));
  }
  return {};
}

}  // namespace

Result<Envelope> read_envelope(std::string_view json, const DataReader& read_data) {
  Envelope envelope;
  JsonReader reader(json);
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (key == "id") {
      envelope.id = TRY(in_context(reader.string(), "id"));
    } else if (key == "parameters") {
      TRY(in_context(read_request_parameters(reader, envelope), "parameters"));
    } else if (key == "inputs") {
      if (!envelope.inputs.empty()) return invalid_argument("inputs stands twice");
      TRY(read_inputs(reader, read_data, envelope));
    } else if (key == "outputs") {
      if (!envelope.outputs.empty()) return invalid_argument("outputs stands twice");
      TRY(read_outputs(reader, envelope));
    } else {
      TRY(reader.skip());
    }
  }
  TRY(reader.expect_end());
  return envelope;
}

}  // namespace tandem::serve
