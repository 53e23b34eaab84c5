// SPDX-License-Identifier: Apache-2.0
// JSON for one sample.
#include "serve/generate/generate_answer.h"

#include <algorithm>
#include <utility>

#include "serve/http/json_text.h"
#include "serve/http/status.h"
#include "serve/v2/datatype.h"
#include "serve/v2/tensor_json.h"

namespace tandem::serve {
namespace {

JsonWriter begin_answer(std::string& out, const ServedModel& model, const std::optional<std::string>& id) {
  JsonWriter writer(out);
  writer.begin_object().key("model_name").string(model.name).key("model_version").string(model.version);
  if (id) writer.key("id").string(*id);
  return writer;
}

Status check_form(const std::string& name, const Tensor& output) {
  if (!has_json_form(output.dtype())) {
    return invalid_argument("output '" + name + "': " + std::string(v2_datatype(output.dtype())) +
                            " has no JSON form; send the request to infer");
  }
  if (output.dtype() == DType::kString && !std::ranges::all_of(output.strings(), is_utf8)) {
    return invalid_argument("output '" + name + "' holds bytes that are not UTF-8, which JSON cannot carry; send the " +
                            "request to infer and ask for binary_data");
  }
  return {};
}

}  // namespace

Result<std::string> generate_outputs(const ServedModel& model, const std::optional<std::string>& id,
                                     const InferResponse& response) {
  if (response.outputs.size() != model.info.outputs.size()) {
    return internal_error("the engine gave " + std::to_string(response.outputs.size()) + " outputs, the model has " +
                          std::to_string(model.info.outputs.size()));
  }
  std::string out;
  JsonWriter writer = begin_answer(out, model, id);
  for (std::size_t i = 0; i < response.outputs.size(); ++i) {
    const Tensor& output = response.outputs[i];
    TRY(check_form(model.info.outputs[i].name, output));
    std::string values;
    append_json_tensor(values, output);
    const bool is_scalar = output.element_count() == 1;
    writer.member(model.info.outputs[i].name)
        .raw(is_scalar ? std::string_view(values).substr(1, values.size() - 2) : std::string_view(values));
  }
  writer.end_object();
  return out;
}

std::string generate_text(const ServedModel& model, const std::optional<std::string>& id, std::string_view text) {
  std::string out;
  begin_answer(out, model, id).key("text").string(text).end_object();
  return out;
}

void GenerateAnswer::send(std::string text, bool more) {
  HttpResponse piece;
  piece.content_type = "text/event-stream; charset=utf-8";
  piece.headers.emplace_back("Cache-Control", "no-cache");
  piece.text = std::move(text);
  piece.more = more;
  if (!more) piece.note = note_;
  begun_ = true;
  respond_(std::move(piece));
}

void GenerateAnswer::whole(std::string json) {
  HttpResponse response;
  response.text = std::move(json);
  response.note = note_;
  respond_(std::move(response));
}

void GenerateAnswer::event(std::string_view json) { send("data: " + std::string(json) + "\n\n", true); }

void GenerateAnswer::end() { send("", false); }

void GenerateAnswer::fail(const Error& error) {
  if (!begun_) return respond_(error_response(error));
  std::string json;
  JsonWriter(json).begin_object().key("error").string(error.message).end_object();
  send("data: " + json + "\n\n", false);
}

}  // namespace tandem::serve
