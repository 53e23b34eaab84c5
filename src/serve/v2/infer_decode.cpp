// SPDX-License-Identifier: Apache-2.0
// Holds a request against the model: every input once, in the model's order, of the right type, shape and size.
#include <algorithm>

#include "serve/http/request_parser.h"
#include "serve/v2/datatype.h"
#include "serve/v2/infer_codec.h"
#include "serve/v2/infer_envelope.h"
#include "serve/v2/tensor_binary.h"
#include "serve/v2/tensor_json.h"

namespace tandem::serve {
namespace {

std::string names_of(const std::vector<TensorSpec>& specs) {
  std::string names;
  for (const TensorSpec& spec : specs) {
    if (!names.empty()) names += ", ";
    names += spec.name;
  }
  return names;
}

Result<std::size_t> find_spec(const std::vector<TensorSpec>& specs, const std::string& name, std::string_view kind) {
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].name == name) return i;
  }
  return invalid_argument(std::string(kind) + " '" + name + "' is not one of the model's: " + names_of(specs));
}

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
  BinaryPart(std::span<const std::byte> bytes, const std::shared_ptr<const void>& owner)
      : bytes_(bytes), owner_(owner) {}

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

Result<Tensor> take_tensor(EnvelopeInput& input, const ServedModel& model, const TensorSpec& spec, BinaryPart& binary) {
  if (input.shared_memory) {
    return fail(Code::kUnimplemented, "input '" + input.name + "': shared memory is not supported; send the tensor");
  }
  if (input.raw) {
    auto tensor = read_binary_tensor(spec.dtype, *input.shape, *input.raw, binary.owner());
    if (!tensor) return fail(tensor.error().with_context("input '" + input.name + "'"));
    return tensor;
  }
  const bool has_data = input.data.has_value() || !input.tensor.empty();
  if (input.binary_data_size) {
    if (has_data) return fail(of_input(input.name, "expected either data or binary_data_size, got both"));
    return binary.take(spec, input);
  }
  if (!has_data) return fail(of_input(input.name, "expected data or the parameter binary_data_size, got neither"));
  if (!input.tensor.empty()) return std::move(input.tensor);
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

Result<std::vector<Tensor>> take_inputs(Envelope& envelope, const ServedModel& model, BinaryPart& binary) {
  std::vector<Tensor> tensors(model.info.inputs.size());
  for (EnvelopeInput& input : envelope.inputs) {
    const std::size_t index = TRY(check_input(input, model));
    if (!tensors[index].empty()) return fail(of_input(input.name, "expected once, got twice"));
    tensors[index] = TRY(take_tensor(input, model, model.info.inputs[index], binary));
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].empty() && !model.info.inputs[i].optional) {
      return invalid_argument("input '" + model.info.inputs[i].name + "' is missing; the model's inputs are " +
                              names_of(model.info.inputs));
    }
  }
  if (binary.left() > 0) {
    return invalid_argument(std::to_string(binary.left()) + " bytes are left over behind the binary tensors");
  }
  TRY(check_batch(model, tensors));
  return tensors;
}

Status check_output_form(const TensorSpec& spec, bool binary) {
  if (!parse_v2_datatype(v2_datatype(spec.dtype))) {
    return fail(Code::kUnimplemented, "output '" + spec.name + "': type " + std::string(dtype_name(spec.dtype)) +
                                          " cannot be sent by this protocol");
  }
  if (binary || has_json_form(spec.dtype)) return {};
  return invalid_argument("output '" + spec.name + "': " + std::string(v2_datatype(spec.dtype)) +
                          " has no JSON form; ask for it with binary_data true");
}

Result<std::vector<WantedOutput>> want_outputs(const Envelope& envelope, const ServedModel& model) {
  const auto& specs = model.info.outputs;
  std::vector<WantedOutput> wanted;
  if (envelope.outputs.empty()) {
    for (std::size_t i = 0; i < specs.size(); ++i) wanted.push_back({i, envelope.binary_data_output});
  }
  for (const EnvelopeOutput& output : envelope.outputs) {
    const std::size_t index = TRY(find_spec(specs, output.name, "output"));
    if (output.shared_memory || output.classification > 0) {
      return fail(Code::kUnimplemented, "output '" + output.name + "': " +
                                            (output.shared_memory ? "shared memory" : "the classification extension") +
                                            " is not supported; ask for the tensor");
    }
    if (std::any_of(wanted.begin(), wanted.end(), [&](const WantedOutput& w) { return w.index == index; })) {
      return invalid_argument("output '" + output.name + "' is asked for twice");
    }
    wanted.push_back({index, output.binary_data.value_or(envelope.binary_data_output)});
  }
  for (const WantedOutput& output : wanted) TRY(check_output_form(specs[output.index], output.binary));
  return wanted;
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

Result<DecodedInfer> decode_raw(const InferBody& body, const ServedModel& model) {
  if (model.info.inputs.size() != 1) {
    return invalid_argument("a request without JSON needs a model with one input, this one has " +
                            std::to_string(model.info.inputs.size()) + ": " + names_of(model.info.inputs));
  }
  const TensorSpec& spec = model.info.inputs[0];
  const Shape shape = TRY(raw_shape(spec, body.bytes.size(), model));
  DecodedInfer decoded;
  if (spec.dtype == DType::kString) {
    std::vector<std::string> value(1, std::string(reinterpret_cast<const char*>(body.bytes.data()), body.bytes.size()));
    decoded.request.inputs.push_back(TRY(Tensor::from_strings(shape, std::move(value))));
  } else {
    auto tensor = read_binary_tensor(spec.dtype, shape, body.bytes, body.owner);
    if (!tensor) return fail(tensor.error().with_context("input '" + spec.name + "'"));
    decoded.request.inputs.push_back(std::move(*tensor));
  }
  Envelope envelope;
  envelope.binary_data_output = true;
  decoded.outputs = TRY(want_outputs(envelope, model));
  decoded.request.arrival = body.arrival;
  decoded.request.round = body.round;
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

Result<DecodedInfer> decode_infer(const InferBody& body, const ServedModel& model) {
  if (body.json_length == 0) return decode_raw(body, model);
  const auto json_length = static_cast<std::size_t>(body.json_length.value_or(body.bytes.size()));
  if (json_length > body.bytes.size()) return invalid_argument("the JSON part is longer than the body");
  const std::string_view json(reinterpret_cast<const char*>(body.bytes.data()), json_length);
  Envelope envelope = TRY(read_envelope(
      json, [&model](JsonReader& reader, const EnvelopeInput& input) { return read_data(reader, input, model); }));

  InferBody rest = body;
  rest.bytes = body.bytes.subspan(json_length);
  return check_infer(std::move(envelope), rest, model);
}

Result<DecodedInfer> check_infer(Envelope envelope, const InferBody& rest, const ServedModel& model) {
  DecodedInfer decoded;
  decoded.outputs = TRY(want_outputs(envelope, model));
  BinaryPart binary(rest.bytes, rest.owner);
  decoded.request.inputs = TRY(take_inputs(envelope, model, binary));
  decoded.id = std::move(envelope.id);
  decoded.request.arrival = rest.arrival;
  decoded.request.round = rest.round;
  if (envelope.timeout_us > 0) {
    constexpr std::uint64_t kYear = 365ULL * 24 * 3600 * 1'000'000;
    decoded.request.deadline =
        rest.arrival + std::chrono::microseconds(static_cast<std::int64_t>(std::min(envelope.timeout_us, kYear)));
  }
  return decoded;
}

}  // namespace tandem::serve
