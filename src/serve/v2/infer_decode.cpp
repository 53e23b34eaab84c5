// SPDX-License-Identifier: Apache-2.0
// Holds a request against the model: every input once, in the model's order, of the right type, shape and size.
#include <algorithm>

#include "base/bytes.h"
#include "serve/http/request_parser.h"
#include "serve/v2/datatype.h"
#include "serve/v2/infer_codec.h"
#include "serve/v2/infer_envelope.h"
#include "serve/v2/shared_tensor.h"
#include "serve/v2/spec_look_up.h"
#include "serve/v2/tensor_binary.h"
#include "serve/v2/tensor_json.h"

namespace tandem::serve {
namespace {

Error of_input(const std::string& name, const std::string& message) {
  return {Code::kInvalidArgument, "input '" + name + "': " + message};
}

std::string printable(std::string text) {
  if (text.size() > 64) text = text.substr(0, 64) + "...";
  return text;
}

Status check_shape(const TensorSpec& spec, const Shape& shape, const ServedModel& model) {
  if (!spec.shape.accepts(shape)) {
    return fail(of_input(spec.name, "expected shape " + to_string(spec.shape) + ", got " + to_string(shape)));
  }
  if (model.max_batch_size > 0 && shape.rank() > 0 && (shape[0] > model.max_batch_size || shape[0] < 1)) {
    return fail(of_input(spec.name, "expected a batch of 1 to " + std::to_string(model.max_batch_size) +
                                        " samples (the first dimension), got " + std::to_string(shape[0])));
  }
  return {};
}

// The spec of an input whose name, datatype and shape fit the model.
Result<std::size_t> check_input(const EnvelopeInput& input, const ServedModel& model) {
  if (input.name.empty()) return invalid_argument("an input has no name");
  const std::size_t index = TRY(find_spec(model.info.inputs, input.name, "input"));
  const TensorSpec& spec = model.info.inputs[index];
  if (input.datatype != v2_datatype(spec.dtype) || !parse_v2_datatype(input.datatype)) {
    return fail(of_input(input.name, "expected datatype " + std::string(v2_datatype(spec.dtype)) + ", got " +
                                         (input.datatype.empty() ? "none" : printable(input.datatype))));
  }
  if (!input.shape) return fail(of_input(input.name, "expected a shape, got none"));
  TRY(check_shape(spec, *input.shape, model));
  return index;
}

Result<Tensor> read_data(JsonReader& reader, const EnvelopeInput& input, const ServedModel& model) {
  const std::size_t index = TRY(check_input(input, model));
  auto tensor = read_json_tensor(reader, model.info.inputs[index].dtype, *input.shape);
  if (!tensor) return fail(tensor.error().with_context("input '" + input.name + "'"));
  return tensor;
}

// Takes the binary tensors off the rest of the body, one after the other.
class BinaryPart final {
 public:
  explicit BinaryPart(const InferBody& body) : bytes_(body.bytes), owner_(body.owner) {}

  Result<Tensor> take(const TensorSpec& spec, const EnvelopeInput& input) {
    const std::uint64_t size = *input.binary_data_size;
    if (size > bytes_.size()) {
      return fail(of_input(input.name, "expected " + std::to_string(size) + " bytes behind the JSON part as " +
                                           "binary_data_size says, got " + std::to_string(bytes_.size())));
    }
    const auto part = bytes_.first(static_cast<std::size_t>(size));
    bytes_ = bytes_.subspan(part.size());
    auto tensor = read_binary_tensor(spec.dtype, *input.shape, part, owner_);
    if (!tensor) return fail(tensor.error().with_context("input '" + input.name + "'"));
    return tensor;
  }
  std::size_t left() const { return bytes_.size(); }
  const std::shared_ptr<const void>& owner() const { return owner_; }

 private:
  std::span<const std::byte> bytes_;
  const std::shared_ptr<const void>& owner_;
};

// Where the tensors of a call are, besides in its JSON.
struct InferParts {
  BinaryPart binary;
  const SharedMemoryRegistry* shared_memory;
};

Result<Tensor> take_shared(const EnvelopeInput& input, const TensorSpec& spec,
                           const SharedMemoryRegistry* shared_memory) {
  const EnvelopeSharedMemory& part = *input.shared_memory;
  const SharedMemorySlice slice = TRY(find_shared_memory(shared_memory, part.region, part.offset, part.byte_size));
  return read_shared_tensor(spec.dtype, *input.shape, slice);
}

Result<Tensor> named(Result<Tensor> tensor, const EnvelopeInput& input) {
  if (!tensor) return fail(tensor.error().with_context("input '" + input.name + "'"));
  return tensor;
}

Result<Tensor> take_tensor(const EnvelopeInput& input, const ServedModel& model, const TensorSpec& spec,
                           InferParts& parts) {
  const bool has_data = input.data.has_value() || !input.tensor.empty() || input.raw.has_value();
  if (input.shared_memory) {
    if (has_data || input.binary_data_size) {
      return fail(of_input(input.name, "expected either shared memory or a tensor in the request, got both"));
    }
    return named(take_shared(input, spec, parts.shared_memory), input);
  }
  if (input.raw) return named(read_binary_tensor(spec.dtype, *input.shape, *input.raw, parts.binary.owner()), input);
  if (input.binary_data_size) {
    if (has_data) return fail(of_input(input.name, "expected either data or binary_data_size, got both"));
    return parts.binary.take(spec, input);
  }
  if (!has_data) return fail(of_input(input.name, "expected data or the parameter binary_data_size, got neither"));
  if (!input.tensor.empty()) return input.tensor.view();
  JsonReader reader(*input.data);
  return read_data(reader, input, model);
}

Status check_batch(const ServedModel& model, const std::vector<Tensor>& inputs) {
  if (model.max_batch_size <= 0) return {};
  const Tensor* first = nullptr;
  std::size_t first_index = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].empty() || inputs[i].shape().rank() == 0) continue;
    if (first == nullptr) {
      first = &inputs[i];
      first_index = i;
    } else if (inputs[i].shape()[0] != first->shape()[0]) {
      return fail(of_input(model.info.inputs[i].name, "expected a batch of " + std::to_string(first->shape()[0]) +
                                                          " as in input '" + model.info.inputs[first_index].name +
                                                          "', got " + std::to_string(inputs[i].shape()[0])));
    }
  }
  return {};
}

Result<std::vector<Tensor>> take_inputs(const Envelope& envelope, const ServedModel& model, InferParts& parts) {
  std::vector<Tensor> tensors(model.info.inputs.size());
  for (const EnvelopeInput& input : envelope.inputs) {
    const std::size_t index = TRY(check_input(input, model));
    if (!tensors[index].empty()) return fail(of_input(input.name, "expected once, got twice"));
    tensors[index] = TRY(take_tensor(input, model, model.info.inputs[index], parts));
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].empty() && !model.info.inputs[i].optional) {
      return invalid_argument("input '" + model.info.inputs[i].name + "' is missing; the model's inputs are " +
                              names_of(model.info.inputs));
    }
  }
  if (parts.binary.left() > 0) {
    return invalid_argument(std::to_string(parts.binary.left()) + " bytes are left over behind the binary tensors");
  }
  TRY(check_batch(model, tensors));
  return tensors;
}

// The shape of a raw request: one sample, and at most one unknown dimension, which follows from the size.
Result<Shape> raw_shape(const TensorSpec& spec, std::size_t size, const ServedModel& model) {
  const Error unclear =
      of_input(spec.name, "expected " + to_string(spec.shape) + ", whose size does not follow from a body of " +
                              std::to_string(size) + " bytes; send a request with JSON");
  if (spec.shape.unknown_rank) return fail(unclear);
  std::vector<std::int64_t> dims;
  std::optional<std::size_t> unknown;
  for (std::size_t axis = 0; axis < spec.shape.rank(); ++axis) {
    const bool is_batch = axis == 0 && model.max_batch_size > 0;
    const Dim& dim = spec.shape.dims[axis];
    if (!is_batch && !dim.is_fixed()) {
      if (unknown) return fail(unclear);
      unknown = axis;
    }
    dims.push_back(is_batch || !dim.is_fixed() ? 1 : dim.size);
  }
  Shape shape(std::move(dims));
  if (!unknown || spec.dtype == DType::kString) return shape;
  const auto sample = byte_size(spec.dtype, static_cast<std::size_t>(shape.element_count().value_or(0)));
  if (!sample || *sample == 0 || size % *sample != 0) return fail(unclear);
  shape[*unknown] = static_cast<std::int64_t>(size / *sample);
  return shape;
}

void hand_on(InferBody& body, InferRequest& request) {
  request.arrival = body.arrival;
  request.round = body.round;
  request.abandoned = std::move(body.abandoned);
}

Result<DecodedInfer> decode_raw(InferBody body, const ServedModel& model) {
  if (model.info.inputs.size() != 1) {
    return invalid_argument("a request without JSON needs a model with one input, this one has " +
                            std::to_string(model.info.inputs.size()) + ": " + names_of(model.info.inputs));
  }
  const TensorSpec& spec = model.info.inputs[0];
  const Shape shape = TRY(raw_shape(spec, body.bytes.size(), model));
  DecodedInfer decoded;
  if (spec.dtype == DType::kString) {
    std::vector<std::string> value(1, std::string(as_text(body.bytes)));
    decoded.request.inputs.push_back(TRY(Tensor::from_strings(shape, std::move(value))));
  } else {
    auto tensor = read_binary_tensor(spec.dtype, shape, body.bytes, body.owner);
    if (!tensor) return fail(tensor.error().with_context("input '" + spec.name + "'"));
    decoded.request.inputs.push_back(std::move(*tensor));
  }
  Envelope envelope;
  envelope.binary_data_output = true;
  decoded.outputs = TRY(want_outputs(envelope, model, body.shared_memory));
  hand_on(body, decoded.request);
  return decoded;
}

}  // namespace

Result<std::optional<std::uint64_t>> parse_json_length(std::string_view header, std::size_t body_size) {
  if (header.empty()) return std::optional<std::uint64_t>();
  std::uint64_t length = 0;
  if (!parse_decimal(header, length) || length > body_size) {
    return invalid_argument("header inference-header-content-length: expected a number from 0 to " +
                            std::to_string(body_size) + ", the size of the body, got " +
                            printable(std::string(header)));
  }
  return std::optional<std::uint64_t>(length);
}

Result<DecodedInfer> decode_infer(InferBody body, const ServedModel& model) {
  if (body.json_length == 0) return decode_raw(std::move(body), model);
  const auto json_length = static_cast<std::size_t>(body.json_length.value_or(body.bytes.size()));
  if (json_length > body.bytes.size()) return invalid_argument("the JSON part is longer than the body");
  const std::string_view json = as_text(body.bytes.first(json_length));
  body.bytes = body.bytes.subspan(json_length);
  if (const Envelope* known = body.memory == nullptr ? nullptr : body.memory->find(json)) {
    return check_infer(*known, std::move(body), model);
  }
  Envelope envelope = TRY(read_envelope(
      json, [&model](JsonReader& reader, const EnvelopeInput& input) { return read_data(reader, input, model); }));
  const Envelope& kept = body.memory == nullptr ? envelope : body.memory->offer(json, envelope);
  return check_infer(kept, std::move(body), model);
}

Result<DecodedInfer> check_infer(const Envelope& envelope, InferBody rest, const ServedModel& model) {
  DecodedInfer decoded;
  decoded.outputs = TRY(want_outputs(envelope, model, rest.shared_memory));
  InferParts parts{BinaryPart(rest), rest.shared_memory};
  decoded.request.inputs = TRY(take_inputs(envelope, model, parts));
  decoded.id = envelope.id;
  decoded.request.priority = envelope.priority;
  hand_on(rest, decoded.request);
  if (envelope.timeout_us > 0) {
    constexpr std::uint64_t kYear = 365ULL * 24 * 3600 * 1'000'000;
    decoded.request.deadline =
        rest.arrival + std::chrono::microseconds(static_cast<std::int64_t>(std::min(envelope.timeout_us, kYear)));
  }
  return decoded;
}

}  // namespace tandem::serve
