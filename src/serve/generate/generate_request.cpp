// SPDX-License-Identifier: Apache-2.0
// Values are kept as text until their number of elements, and so their shape, is known.
#include "serve/generate/generate_request.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "serve/v2/json_reader.h"
#include "serve/v2/spec_look_up.h"
#include "serve/v2/tensor_json.h"

namespace tandem::serve {
namespace {

Result<std::int64_t> count_scalars(JsonReader& reader) {
  const JsonReader::Kind kind = reader.peek();
  if (kind != JsonReader::Kind::kArray) {
    if (kind == JsonReader::Kind::kObject || kind == JsonReader::Kind::kNull) {
      return fail(reader.unexpected("a scalar or an array of scalars"));
    }
    TRY(reader.skip());
    return 1;
  }
  std::int64_t count = 0;
  TRY(reader.begin_array());
  while (TRY(reader.next_element())) count += TRY(count_scalars(reader));
  return count;
}

/// One sample of `count` elements.
Result<Shape> shape_of(const TensorSpec& spec, std::int64_t count, bool batched) {
  const auto unclear = [&spec, count] {
    return invalid_argument("expected elements for " + to_string(spec.shape) + ", got " + std::to_string(count) +
                            ", from which its shape does not follow; send it to infer");
  };
  if (spec.shape.unknown_rank) return unclear();
  std::vector<std::int64_t> dims;
  std::optional<std::size_t> open;
  for (std::size_t axis = 0; axis < spec.shape.rank(); ++axis) {
    const Dim& dim = spec.shape.dims[axis];
    const bool is_batch = batched && axis == 0;
    if (!is_batch && !dim.is_fixed()) {
      if (open) return unclear();
      open = axis;
    }
    dims.push_back(is_batch || !dim.is_fixed() ? 1 : dim.size);
  }
  Shape shape(std::move(dims));
  const std::int64_t known = shape.element_count().value_or(0);
  if (open) {
    if (known == 0 || count % known != 0) return unclear();
    shape[*open] = count / known;
  } else if (known != count) {
    return invalid_argument("expected " + std::to_string(known) + " elements for " + to_string(spec.shape) + ", got " +
                            std::to_string(count));
  }
  return shape;
}

Result<Tensor> read_value(JsonReader& reader, const TensorSpec& spec, bool batched) {
  const bool is_array = reader.peek() == JsonReader::Kind::kArray;
  const std::string_view text = TRY(reader.raw());
  JsonReader counter(text);
  const std::int64_t count = TRY(count_scalars(counter));
  Shape shape = TRY(shape_of(spec, count, batched));
  const std::string array = is_array ? std::string(text) : '[' + std::string(text) + ']';
  JsonReader values(array);
  return read_json_tensor(values, spec.dtype, std::move(shape));
}

class RequestReader final {
 public:
  RequestReader(const ServedModel& model, bool takes_image) : model_(model), takes_image_(takes_image) {
    request_.inputs.resize(model.info.inputs.size());
  }

  Status read(const std::string& key, JsonReader& reader) {
    if (takes_image_ && key == "image" && reader.peek() == JsonReader::Kind::kString) {
      request_.image = TRY(reader.string());
      return {};
    }
    if (const auto index = find_spec(model_.info.inputs, key, "input")) return read_input(*index, reader);
    return read_parameter(key, reader);
  }

  Result<GenerateRequest> finish() && {
    if (request_.image) {
      request_.inputs.clear();
      return std::move(request_);
    }
    for (std::size_t i = 0; i < request_.inputs.size(); ++i) {
      if (!request_.inputs[i].empty() || model_.info.inputs[i].optional) continue;
      return invalid_argument("input '" + model_.info.inputs[i].name + "' is missing; the model's inputs are " +
                              names_of(model_.info.inputs) +
                              (takes_image_ ? "; instead of them, 'image' may be a picture in base64" : ""));
    }
    return std::move(request_);
  }

 private:
  Status read_input(std::size_t index, JsonReader& reader) {
    if (!request_.inputs[index].empty()) return invalid_argument("expected once, got twice");
    request_.inputs[index] = TRY(read_value(reader, model_.info.inputs[index], model_.max_batch_size > 0));
    return {};
  }

  Status read_parameter(const std::string& key, JsonReader& reader) {
    if (key == "id") {
      request_.id = TRY(reader.string());
    } else if (key == "timeout") {
      request_.timeout_us = TRY(reader.uint64());
    } else if (key == "priority") {
      const std::uint64_t priority = TRY(reader.uint64());
      if (priority > std::numeric_limits<std::uint32_t>::max()) return invalid_argument("expected at most 4294967295");
      request_.priority = static_cast<std::uint32_t>(priority);
    } else {
      return reader.skip();
    }
    return {};
  }

  const ServedModel& model_;
  const bool takes_image_;
  GenerateRequest request_;
};

}  // namespace

Result<GenerateRequest> read_generate_request(std::string_view json, const ServedModel& model, bool takes_image) {
  RequestReader request(model, takes_image);
  JsonReader reader(json);
  std::string key;
  TRY(reader.begin_object());
  while (TRY(reader.next_key(key))) {
    const Status read = request.read(key, reader);
    if (!read) return fail(read.error().with_context(fmt::format("'{}'", key.substr(0, 64))));
  }
  TRY(reader.expect_end());
  return std::move(request).finish();
}

}  // namespace tandem::serve
