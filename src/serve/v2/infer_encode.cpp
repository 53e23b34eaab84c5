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

Status write_output(JsonWriter& writer, const std::string& name, bool binary, FinishedOutput output,
                    HttpResponse& response) {
  Tensor& tensor = output.tensor;
  writer.begin_object().key("name").string(name).key("datatype").string(v2_datatype(output.dtype)).key("shape");
  write_shape(writer, output.shape());
  if (tensor.empty()) {
    writer.end_object();
    return {};
  }
  if (binary) {
    Tensor bytes = TRY(to_binary_tensor(std::move(tensor)));
    writer.key("parameters").begin_object().key("binary_data_size").number(bytes.byte_size()).end_object();
    response.tensors.push_back(std::move(bytes));
  } else {
    if (tensor.dtype() == DType::kString && !std::ranges::all_of(tensor.strings(), is_utf8)) {
      return invalid_argument("output '" + name +
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
    FinishedOutput finished = TRY(finish_output(output, model, std::move(response.outputs[output.index])));
    TRY(write_output(writer, model.info.outputs[output.index].name, output.binary, std::move(finished), answer));
  }
  writer.end_array().end_object();
  if (!answer.tensors.empty()) {
    answer.content_type = "application/octet-stream";
    answer.json_length = answer.text.size();
  }
  return answer;
}

}  // namespace tandem::serve
