// SPDX-License-Identifier: Apache-2.0
// The fields of protocol V2; unknown fields and parameters are read over.
#include "serve/v2/infer_envelope.h"

#include <limits>

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

// Parameters that nobody asked for may be anything a parameter can be: a string, a number or a truth value.
Status skip_parameter(JsonReader& reader, const std::string& key) {
  const JsonReader::Kind kind = reader.peek();
  if (kind == JsonReader::Kind::kObject || kind == JsonReader::Kind::kArray) {
    return invalid_argument(key + ": expected a string, a number or a truth value");
  }
  return reader.skip();
}

// The three parameters of a tensor in shared memory, in any order.
class SharedMemoryParameters final {
 public:
  /// False when `key` is none of them.
  Result<bool> read(const std::string& key, JsonReader& reader) {
    if (key == "shared_memory_region") {
      region_ = TRY(in_context(reader.string(), key));
    } else if (key == "shared_memory_byte_size") {
      byte_size_ = TRY(read_count(reader, key));
    } else if (key == "shared_memory_offset") {
      offset_ = TRY(read_count(reader, key));
    } else {
      return false;
    }
    return true;
  }

  Result<std::optional<EnvelopeSharedMemory>> finish() && {
    std::optional<EnvelopeSharedMemory> place;
    if (!region_) {
      if (byte_size_ || offset_) return invalid_argument("shared_memory_region is missing beside its size or offset");
      return place;
    }
    if (!byte_size_) return invalid_argument("shared_memory_byte_size is missing beside shared_memory_region");
    place.emplace();
    place->region = std::move(*region_);
    place->offset = offset_.value_or(0);
    place->byte_size = *byte_size_;
    return place;
  }

 private:
  std::optional<std::string> region_;
  std::optional<std::uint64_t> byte_size_;
  std::optional<std::uint64_t> offset_;
};

Status read_input_parameters(JsonReader& reader, EnvelopeInput& input) {
  SharedMemoryParameters shared_memory;
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (key == "binary_data_size") {
      input.binary_data_size = TRY(read_count(reader, key));
    } else if (!TRY(shared_memory.read(key, reader))) {
      TRY(skip_parameter(reader, key));
    }
  }
  input.shared_memory = TRY(std::move(shared_memory).finish());
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
  SharedMemoryParameters shared_memory;
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (key == "binary_data") {
      output.binary_data = TRY(in_context(reader.boolean(), key));
    } else if (key == "classification") {
      output.classification = TRY(read_count(reader, key));
    } else if (!TRY(shared_memory.read(key, reader))) {
      TRY(skip_parameter(reader, key));
    }
  }
  output.shared_memory = TRY(std::move(shared_memory).finish());
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

// No model here keeps a state between calls; 0 and "" stand for no sequence.
Status refuse_sequence(JsonReader& reader) {
  const bool is_text = reader.peek() == JsonReader::Kind::kString;
  const bool none = is_text ? TRY(reader.string()).empty() : TRY(read_count(reader, "sequence_id")) == 0;
  if (none) return {};
  return invalid_argument(
      "sequence_id: the models of this server keep no state from one request to the next; leave it away, and send what "
      "the model needs with every request");
}

Result<std::uint32_t> read_priority(JsonReader& reader) {
  const std::uint64_t priority = TRY(read_count(reader, "priority"));
  if (priority <= std::numeric_limits<std::uint32_t>::max()) return static_cast<std::uint32_t>(priority);
  return invalid_argument("priority: expected at most 4294967295, got " + std::to_string(priority));
}

Status read_request_parameters(JsonReader& reader, Envelope& envelope) {
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (key == "timeout") {
      envelope.timeout_us = TRY(read_count(reader, "timeout (microseconds)"));
    } else if (key == "priority") {
      envelope.priority = TRY(read_priority(reader));
    } else if (key == "sequence_id") {
      TRY(refuse_sequence(reader));
    } else if (key == "binary_data_output") {
      envelope.binary_data_output = TRY(in_context(reader.boolean(), key));
    } else if (key.starts_with("triton_")) {
      return invalid_argument("'" + key + "' is reserved: parameters must not begin with triton_");
    } else {
      TRY(skip_parameter(reader, key));
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
