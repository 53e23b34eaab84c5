// SPDX-License-Identifier: Apache-2.0
// Answers: one JSON text, and the binary tensors behind it.
#include <algorithm>

#include "serve/http/json_text.h"
#include "serve/v2/datatype.h"
#include "serve/v2/infer_codec.h"
#include "serve/v2/tensor_binary.h"
#include "serve/v2/tensor_json.h"

namespace tandem::serve {
namespace {

void write_shape(JsonWriter& writer, const Shape& shape) {
  writer.begin_array();
  for (const std::int64_t dim : shape.dims()) writer.number(dim);
  writer.end_array();
}

Status write_output(JsonWriter& writer, const TensorSpec& spec, bool binary, Tensor tensor, HttpResponse& response) {
  if (tensor.dtype() != spec.dtype) {
    return internal_error("output '" + spec.name + "': the model says " + std::string(dtype_name(spec.dtype)) +
                          ", the engine gave " + std::string(dtype_name(tensor.dtype())));
  }
  writer.begin_object().key("name").string(spec.name).key("datatype").string(v2_datatype(tensor.dtype())).key("shape");
  write_shape(writer, tensor.shape());
  if (binary) {
    Tensor bytes = TRY(to_binary_tensor(std::move(tensor)));
    writer.key("parameters").begin_object().key("binary_data_size").number(bytes.byte_size()).end_object();
    response.tensors.push_back(std::move(bytes));
  } else {
    if (tensor.dtype() == DType::kString && !std::ranges::all_of(tensor.strings(), is_utf8)) {
      return invalid_argument("output '" + spec.name +
                              "' holds bytes that are not UTF-8, which JSON cannot carry; ask for " +
                              "it with binary_data");
    }
    append_json_tensor(writer.key("data").value_place(), tensor);
  }
  writer.end_object();
  return {};
}

}  // namespace

Result<HttpResponse> encode_infer(const DecodedInfer& decoded, const ServedModel& model, InferResponse response) {
  if (response.outputs.size() != model.info.outputs.size()) {
    return internal_error("the engine gave " + std::to_string(response.outputs.size()) + " outputs, the model has " +
                          std::to_string(model.info.outputs.size()));
  }
  HttpResponse answer;
  answer.text.reserve(256);
  JsonWriter writer(answer.text);
  writer.begin_object().key("model_name").string(model.name).key("model_version").string(model.version);
  if (decoded.id) writer.key("id").string(*decoded.id);
  writer.key("outputs").begin_array();
  for (const WantedOutput& output : decoded.outputs) {
    TRY(write_output(writer, model.info.outputs[output.index], output.binary, std::move(response.outputs[output.index]),
                     answer));
  }
  writer.end_array().end_object();
  if (!answer.tensors.empty()) {
    answer.content_type = "application/octet-stream";
    answer.headers.emplace_back("Inference-Header-Content-Length", std::to_string(answer.text.size()));
  }
  return answer;
}

}  // namespace tandem::serve
