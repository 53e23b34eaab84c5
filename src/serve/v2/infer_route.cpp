// SPDX-License-Identifier: Apache-2.0
// From the body to the service and back.
#include "serve/v2/infer_route.h"

#include <memory>
#include <utility>

#include "serve/http/status.h"
#include "serve/v2/infer_codec.h"

namespace tandem::serve {
namespace {

/// One call between its question and its answer.
struct Call {
  std::shared_ptr<const ServedModel> model;
  DecodedInfer decoded;
  Responder respond;
  bool wants_note = false;
};

std::shared_ptr<const CallNote> make_note(const Call& call, const BatchTiming& timing) {
  auto note = std::make_shared<CallNote>();
  note->model = call.model->name;
  note->version = call.model->version;
  note->request_id = call.decoded.id.value_or("");
  note->batch_size = timing.batch_size;
  note->queue = timing.queue;
  note->compute = timing.compute_input + timing.compute_infer + timing.compute_output;
  return note;
}

HttpResponse to_response(Result<InferResponse> result, const Call& call) {
  const BatchTiming timing = result ? result->timing : BatchTiming{};
  auto answer = result ? encode_infer(call.decoded, *call.model, std::move(*result))
                       : Result<HttpResponse>(fail(std::move(result).error()));
  HttpResponse response = answer ? std::move(*answer) : error_response(answer.error());
  if (call.wants_note) response.note = make_note(call, timing);
  return response;
}

Result<std::shared_ptr<Call>> begin_call(const InferenceService& service, const V2Options& options,
                                         const HttpRequest& request, const PathParameters& path) {
  auto call = std::make_shared<Call>();
  call->model = TRY(service.find(path.get("name"), path.get("version")));
  InferBody body;
  body.bytes = request.body;
  body.json_length = TRY(parse_json_length(request.header("inference-header-content-length"), request.body.size()));
  body.owner = request.owner;
  body.arrival = request.arrival;
  body.round = request.round;
  body.abandoned = request.abandoned;
  body.shared_memory = options.shared_memory;
  call->decoded = TRY(decode_infer(body, *call->model));
  call->wants_note = request.wants_note;
  return call;
}

}  // namespace

Route infer_route(InferenceService& service, const V2Options& options) {
  return [&service, options](const HttpRequest& request, const PathParameters& path, Responder respond) {
    auto begun = begin_call(service, options, request, path);
    if (!begun) return respond(error_response(begun.error()));
    const std::shared_ptr<Call> call = std::move(*begun);
    call->respond = std::move(respond);
    InferRequest inference = std::move(call->decoded.request);
    service.infer(call->model, std::move(inference),
                  [call](Result<InferResponse> result) { call->respond(to_response(std::move(result), *call)); });
  };
}

}  // namespace tandem::serve
