// SPDX-License-Identifier: Apache-2.0
// JSON and protobuf (grpc_predict_v2.proto), field by field.
#include "serve/client/infer_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/bytes.h"
#include "base/protobuf_wire.h"
#include "base/protobuf_writer.h"
#include "serve/v2/datatype.h"

namespace tandem::serve {
namespace {

using Json = nlohmann::ordered_json;
using Wire = ProtobufField::Wire;

constexpr std::size_t kMaxInputs = 1024;
constexpr std::size_t kMaxRank = 64;

tl::unexpected<Error> no_metadata(std::string_view what) {
  return fail(Code::kDataLoss, fmt::format("what the server says of the model is broken: {}", what));
}

Status check_sendable(const TensorSpec& spec) {
  if (spec.dtype != DType::kString) return {};
  return fail(Code::kUnimplemented, fmt::format("input '{}' takes texts, which this client does not send", spec.name));
}

Result<TensorSpec> make_spec(std::string name, std::string_view datatype, std::span<const std::int64_t> shape) {
  const std::optional<DType> dtype = parse_v2_datatype(datatype);
  if (!dtype) return no_metadata(fmt::format("'{}' is of type '{}'", name, datatype));
  TensorSpec spec{std::move(name), *dtype, {}, false};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] < -1) return no_metadata(fmt::format("'{}' has a dimension of {}", spec.name, shape[axis]));
    spec.shape.dims.push_back(shape[axis] < 0 ? Dim{-1, axis == 0 ? "batch" : ""} : Dim{shape[axis], ""});
  }
  return spec;
}

Result<std::vector<TensorSpec>> read_json_specs(const Json& document, const char* key) {
  const auto list = document.find(key);
  if (list == document.end() || !list->is_array() || list->size() > kMaxInputs) return no_metadata(key);
  std::vector<TensorSpec> specs;
  for (const Json& one : *list) {
    const bool whole = one.is_object() && one.contains("name") && one["name"].is_string() && one.contains("datatype") &&
                       one["datatype"].is_string() && one.contains("shape") && one["shape"].is_array() &&
                       one["shape"].size() <= kMaxRank;
    if (!whole) return no_metadata(fmt::format("{} without name, datatype and shape", key));
    std::vector<std::int64_t> shape;
    for (const Json& dim : one["shape"]) {
      if (!dim.is_number_integer()) return no_metadata("a dimension that is no integer");
      shape.push_back(dim.get<std::int64_t>());
    }
    specs.push_back(TRY(make_spec(one["name"].get<std::string>(), one["datatype"].get<std::string>(), shape)));
  }
  return specs;
}

Result<TensorSpec> read_grpc_spec(std::span<const std::byte> message) {
  ProtobufReader reader(message);
  std::string name;
  std::string datatype;
  std::vector<std::int64_t> shape;
  while (const auto field = reader.next()) {
    if (field->is(1, Wire::kBytes)) name = field->text();
    if (field->is(2, Wire::kBytes)) datatype = field->text();
    if (field->is(3, Wire::kVarint)) shape.push_back(static_cast<std::int64_t>(field->value));
    if (field->is(3, Wire::kBytes)) {
      ProtobufReader packed(field->bytes);
      while (const auto dim = packed.next_varint()) shape.push_back(static_cast<std::int64_t>(*dim));
      if (packed.damaged()) return no_metadata("a shape");
    }
    if (shape.size() > kMaxRank) return no_metadata("a shape of too many dimensions");
  }
  if (reader.damaged() || name.empty()) return no_metadata("a tensor");
  return make_spec(std::move(name), datatype, shape);
}

}  // namespace

Result<BinaryRequest> encode_http_infer(const ModelInfo& info, std::span<const Tensor> inputs) {
  Json described = Json::array();
  std::string tensors;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].empty()) continue;
    const TensorSpec& spec = info.inputs[i];
    TRY(check_sendable(spec));
    described.push_back({{"name", spec.name},
                         {"shape", inputs[i].shape().dims()},
                         {"datatype", v2_datatype(spec.dtype)},
                         {"parameters", {{"binary_data_size", inputs[i].byte_size()}}}});
    tensors += as_text(inputs[i].bytes());
  }
  const Json head = {{"inputs", described}, {"parameters", {{"binary_data_output", true}}}};
  BinaryRequest request{head.dump(-1, ' ', false, Json::error_handler_t::replace), 0};
  request.json_bytes = request.body.size();
  request.body += tensors;
  return request;
}

Result<std::string> encode_grpc_infer(const ModelInfo& info, std::string_view model, std::span<const Tensor> inputs) {
  ProtobufWriter request;
  request.text(1, model);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].empty()) continue;
    TRY(check_sendable(info.inputs[i]));
    ProtobufWriter input;
    input.text(1, info.inputs[i].name);
    input.text(2, v2_datatype(info.inputs[i].dtype));
    input.packed(3, inputs[i].shape().dims());
    request.message(5, std::move(input));
  }
  for (const Tensor& input : inputs) {
    if (!input.empty()) request.text(7, as_text(input.bytes()));
  }
  return std::move(request).bytes();
}

std::string encode_grpc_metadata(std::string_view model) {
  ProtobufWriter request;
  request.text(1, model);
  return std::move(request).bytes();
}

Result<ModelInfo> parse_http_metadata(std::string_view json) {
  const Json document = Json::parse(json, nullptr, false);
  if (!document.is_object()) return no_metadata("it is no JSON object");
  ModelInfo info;
  info.inputs = TRY(read_json_specs(document, "inputs"));
  info.outputs = TRY(read_json_specs(document, "outputs"));
  if (const auto platform = document.find("platform"); platform != document.end() && platform->is_string()) {
    info.producer = platform->get<std::string>();
  }
  return info;
}

Result<ModelInfo> parse_grpc_metadata(std::span<const std::byte> message) {
  ProtobufReader reader(message);
  ModelInfo info;
  while (const auto field = reader.next()) {
    if (field->is(3, Wire::kBytes)) info.producer = field->text();
    if (field->is(4, Wire::kBytes)) info.inputs.push_back(TRY(read_grpc_spec(field->bytes)));
    if (field->is(5, Wire::kBytes)) info.outputs.push_back(TRY(read_grpc_spec(field->bytes)));
    if (info.inputs.size() > kMaxInputs || info.outputs.size() > kMaxInputs) return no_metadata("too many tensors");
  }
  if (reader.damaged()) return no_metadata("it is no ModelMetadataResponse");
  return info;
}

std::string http_error_text(std::string_view body) {
  constexpr std::size_t kShown = 300;
  const Json document = Json::parse(body, nullptr, false);
  if (document.is_object() && document.contains("error") && document["error"].is_string()) {
    return document["error"].get<std::string>().substr(0, kShown);
  }
  return std::string(body.substr(0, kShown));
}

}  // namespace tandem::serve
