// SPDX-License-Identifier: Apache-2.0
// From the body to the service and back.
#include "serve/v2/infer_route.h"

#include <memory>
#include <utility>

#include "serve/http/status.h"
#include "serve/v2/infer_codec.h"
#include "serve/v2/model_call.h"

namespace tandem::serve {
namespace {

/// What every call uses; all of it outlives the route.
struct Surroundings {
  InferenceService* service = nullptr;
  const SharedMemoryRegistry* shared_memory = nullptr;
  Tracer* tracer = nullptr;
  const Clock* clock = nullptr;
};

HttpResponse to_response(Result<InferResponse> result, const ModelCall& call) {
  BatchTiming timing;
  timing.batch_size = 0;  // of a request that failed
  if (result) timing = result->timing;
  if (result) call.trace(timing);
  auto answer = result ? encode_infer(call.decoded, *call.model, std::move(*result))
                       : Result<HttpResponse>(fail(std::move(result).error()));
  HttpResponse response = answer ? std::move(*answer) : error_response(answer.error());
  response.note = call.note(timing);
  return response;
}

Result<std::shared_ptr<ModelCall>> begin_call(const Surroundings& around, HttpRequest request,
                                              const PathParameters& path) {
  auto call = std::make_shared<ModelCall>(around.tracer, *around.clock);
  call->model = TRY(around.service->find(path.get("name"), path.get("version")));
  InferBody body;
  body.bytes = request.body;
  body.json_length = TRY(parse_json_length(request.header("inference-header-content-length"), request.body.size()));
  body.owner = std::move(request.owner);
  body.arrival = request.arrival;
  body.round = request.round;
  body.abandoned = std::move(request.abandoned);
  body.shared_memory = around.shared_memory;
  thread_local EnvelopeMemory memory;  // by thread, so that no request waits for another
  body.memory = &memory;
  call->decoded = TRY(decode_infer(std::move(body), *call->model));
  call->wants_note = request.wants_note;
  call->begin();
  return call;
}

}  // namespace

Route infer_route(InferenceService& service, const V2Options& options) {
  // Calls may be answered after the router has gone, so they share this.
  const auto around = std::make_shared<const Surroundings>(
      Surroundings{&service, options.shared_memory, options.tracer, options.clock});
  return [around](HttpRequest request, const PathParameters& path, Responder respond) {
    auto begun = begin_call(*around, std::move(request), path);
    if (!begun) return respond(error_response(begun.error()));
    const std::shared_ptr<ModelCall> call = std::move(*begun);
    InferRequest inference = std::move(call->decoded.request);
    around->service->infer(call->model, std::move(inference),
                           [call, respond = std::move(respond)](Result<InferResponse> result) {
                             respond(to_response(std::move(result), *call));
                           });
  };
}

}  // namespace tandem::serve
