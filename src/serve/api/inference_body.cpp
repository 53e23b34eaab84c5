// SPDX-License-Identifier: Apache-2.0
// A walk over simdjson's tree; no recursion deeper than an image has dimensions.
#include "serve/api/inference_body.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <string_view>

namespace tandem::serve {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxDims = 3;

std::string_view kind_of(const element& value) {
  switch (value.type()) {
    case element_type::ARRAY: return "a list";
    case element_type::OBJECT: return "an object";
    case element_type::STRING: return "text";
    case element_type::BOOL: return "true or false";
    case element_type::NULL_VALUE: return "null";
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE: return "a number";
  }
  return "something else";
}

/// Only for values that are lists.
simdjson::dom::array list_of(const element& value) { return value.get_array().take_value(); }

/// The lengths of the first list at each depth; the others must have the same.
Result<std::vector<std::int64_t>> first_lengths(element value) {
  std::vector<std::int64_t> dims;
  while (value.is_array()) {
    if (dims.size() == kMaxDims) return invalid_argument("image_data: lists nested deeper than [H][W][3]");
    const simdjson::dom::array list = list_of(value);
    std::int64_t length = 0;
    for (auto it = list.begin(); it != list.end(); ++it) ++length;
    dims.push_back(length);
    if (length == 0) return invalid_argument("image_data: expected numbers, got an empty list");
    value = *list.begin();
  }
  return dims;
}

Status append_numbers(element value, std::size_t depth, NumberImage& image) {
  if (depth == image.dims.size()) {
    double number = 0;
    if (value.get_double().get(number) != simdjson::SUCCESS) {
      return invalid_argument(
          fmt::format("image_data: expected a number at place {}, got {}", image.values.size(), kind_of(value)));
    }
    image.values.push_back(static_cast<float>(number));
    return {};
  }
  if (!value.is_array()) {
    return invalid_argument(
        fmt::format("image_data: expected a list where {} stands; all rows need the same form", kind_of(value)));
  }
  std::int64_t length = 0;
  const simdjson::dom::array list = list_of(value);
  for (const element item : list) {
    TRY(append_numbers(item, depth + 1, image));
    ++length;
  }
  if (length != image.dims[depth]) {
    return invalid_argument(
        fmt::format("image_data: rows of unequal length: expected {}, got {}", image.dims[depth], length));
  }
  return {};
}

Status read_image(const element& value, InferenceBody& body) {
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) {
    body.image = TRY(decode_image_text(text));
    return {};
  }
  if (!value.is_array()) {
    return invalid_argument(
        fmt::format("image_data: expected base64 text, a data URL or lists of numbers, got {}", kind_of(value)));
  }
  NumberImage image;
  image.dims = TRY(first_lengths(value));
  TRY(append_numbers(value, 0, image));
  body.image = std::move(image);
  return {};
}

/// A member that may be missing, null or text.
Status read_text(const simdjson::dom::object& object, std::string_view key, std::string& text) {
  element value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS || value.is_null()) return {};
  std::string_view found;
  if (value.get_string().get(found) != simdjson::SUCCESS) {
    return invalid_argument(fmt::format("{}: expected text, got {}", key, kind_of(value)));
  }
  text = found;
  return {};
}

Status read_patient_id(const simdjson::dom::object& object, InferenceBody& body) {
  element value;
  if (object.at_key("patient_id").get(value) != simdjson::SUCCESS) return {};
  if (value.is_array() || value.is_object()) {
    return invalid_argument(fmt::format("patient_id: expected text, a number or null, got {}", kind_of(value)));
  }
  body.patient_id_json = simdjson::minify(value);
  return {};
}

Status read_metadata_member(const simdjson::dom::object& object, InferenceBody& body) {
  element metadata;
  if (object.at_key("metadata").get(metadata) != simdjson::SUCCESS || metadata.is_null()) return {};
  simdjson::dom::object members;
  if (metadata.get_object().get(members) != simdjson::SUCCESS) {
    return invalid_argument(fmt::format("metadata: expected an object, got {}", kind_of(metadata)));
  }
  if (const Status read = read_text(members, "model", body.model); !read)
    return fail(read.error().with_context("metadata"));
  return {};
}

}  // namespace

Result<InferenceBody> parse_inference_body(std::span<const std::byte> bytes) {
  if (bytes.empty()) return invalid_argument("the body is empty; expected a JSON object with image_data");
  simdjson::dom::parser parser;
  if (parser.allocate(bytes.size(), kMaxDepth) != simdjson::SUCCESS) {
    return fail(Code::kResourceExhausted, "no memory to read the body");
  }
  element document;
  const auto* text = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (const auto error = parser.parse(text, bytes.size()).get(document); error != simdjson::SUCCESS) {
    return invalid_argument(fmt::format("the body is not JSON that can be read: {}", simdjson::error_message(error)));
  }
  simdjson::dom::object object;
  if (document.get_object().get(object) != simdjson::SUCCESS) {
    return invalid_argument(fmt::format("the body: expected a JSON object with image_data, got {}", kind_of(document)));
  }
  InferenceBody body;
  std::string text_data;
  TRY(read_text(object, "text_data", text_data));
  TRY(read_text(object, "analysis_type", body.analysis_type));
  TRY(read_patient_id(object, body));
  TRY(read_metadata_member(object, body));
  element image;
  if (object.at_key("image_data").get(image) != simdjson::SUCCESS) {
    return invalid_argument("image_data is missing: expected base64 text, a data URL or lists of numbers");
  }
  TRY(read_image(image, body));
  return body;
}

}  // namespace tandem::serve
