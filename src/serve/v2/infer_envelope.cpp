// SPDX-License-Identifier: Apache-2.0
// The fields of protocol V2; unknown fields and parameters are read over.
#include "serve/v2/infer_envelope.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <span>

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

// "inputs[3]": made up only when something is wrong there.
Status in_element(const Status& status, std::string_view list, std::size_t count) {
  if (status) return {};
  return fail(status.error().with_context(std::string(list) + "[" + std::to_string(count - 1) + "]"));
}

Status read_text(JsonReader& reader, std::string_view what, std::string& text) {
  const auto read = reader.text();
  if (!read) return fail(read.error().with_context(what));
  text = *read;
  return {};
}

Result<Shape> read_shape(JsonReader& reader) {
  std::array<std::int64_t, kMaxRank> dims;
  std::size_t rank = 0;
  TRY(reader.begin_array());
  while (TRY(reader.next_element())) {
    if (rank == kMaxRank) return invalid_argument("more than " + std::to_string(kMaxRank) + " dimensions");
    const std::int64_t dim = TRY(reader.int64());
    if (dim < 0) return invalid_argument("expected dimensions of at least 0, got " + std::to_string(dim));
    dims[rank++] = dim;
  }
  Shape shape(std::span<const std::int64_t>(dims.data(), rank));
  if (!shape.element_count()) return invalid_argument("the number of elements overflows 63 bits");
  return shape;
}

// Parameters that nobody asked for may be anything a parameter can be: a string, a number or a truth value.
Status skip_parameter(JsonReader& reader, std::string_view key) {
  const JsonReader::Kind kind = reader.peek();
  if (kind == JsonReader::Kind::kObject || kind == JsonReader::Kind::kArray) {
    return invalid_argument(std::string(key) + ": expected a string, a number or a truth value");
  }
  return reader.skip();
}

// The three parameters of a tensor in shared memory, in any order.
class SharedMemoryParameters final {
 public:
  /// False when `key` is none of them.
  Result<bool> read(std::string_view key, JsonReader& reader) {
    if (!key.starts_with("shared_memory_")) return false;
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

  Status finish(std::optional<EnvelopeSharedMemory>& place) && {
    if (!region_) {
      if (byte_size_ || offset_) return invalid_argument("shared_memory_region is missing beside its size or offset");
      return {};
    }
    if (!byte_size_) return invalid_argument("shared_memory_byte_size is missing beside shared_memory_region");
    place = EnvelopeSharedMemory{std::move(*region_), offset_.value_or(0), *byte_size_};
    return {};
  }

 private:
  std::optional<std::string> region_;
  std::optional<std::uint64_t> byte_size_;
  std::optional<std::uint64_t> offset_;
};

Status read_input_parameters(JsonReader& reader, EnvelopeInput& input) {
  SharedMemoryParameters shared_memory;
  std::string_view key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (key == "binary_data_size") {
      input.binary_data_size = TRY(read_count(reader, key));
    } else if (!TRY(shared_memory.read(key, reader))) {
      TRY(skip_parameter(reader, key));
    }
  }
  return std::move(shared_memory).finish(input.shared_memory);
}

Status read_input(JsonReader& reader, const DataReader& read_data, EnvelopeInput& input) {
  std::string_view key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (key == "name") {
      TRY(read_text(reader, "name", input.name));
    } else if (key == "datatype") {
      TRY(read_text(reader, "datatype", input.datatype));
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
  return {};
}

Status read_output_parameters(JsonReader& reader, EnvelopeOutput& output) {
  SharedMemoryParameters shared_memory;
  std::string_view key;
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
  return std::move(shared_memory).finish(output.shared_memory);
}

Status read_output(JsonReader& reader, EnvelopeOutput& output) {
  std::string_view key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    if (key == "name") {
      TRY(read_text(reader, "name", output.name));
    } else if (key == "parameters") {
      TRY(in_context(read_output_parameters(reader, output), "parameters"));
    } else {
      TRY(reader.skip());
    }
  }
  return {};
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
  std::string_view key;
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
      return invalid_argument(fmt::format("'{}' is reserved: parameters must not begin with triton_", key));
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
    EnvelopeInput& input = envelope.inputs.emplace_back();
    TRY(in_element(read_input(reader, read_data, input), "inputs", envelope.inputs.size()));
  }
  return {};
}

Status read_outputs(JsonReader& reader, Envelope& envelope) {
  TRY(reader.begin_array());
  while (TRY(reader.next_element())) {
    if (envelope.outputs.size() == kMaxTensors) return invalid_argument("outputs: more than 4096");
    EnvelopeOutput& output = envelope.outputs.emplace_back();
    TRY(in_element(read_output(reader, output), "outputs", envelope.outputs.size()));
  }
  return {};
}

}  // namespace

Result<Envelope> read_envelope(std::string_view json, const DataReader& read_data) {
  Envelope envelope;
  JsonReader reader(json);
  std::string_view key;
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
