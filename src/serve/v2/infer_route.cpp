// SPDX-License-Identifier: Apache-2.0
// From the body to the service and back.
#include "serve/v2/infer_route.h"

#include <memory>
#include <optional>
#include <utility>

#include "serve/http/status.h"
#include "serve/v2/call_note.h"
#include "serve/v2/infer_codec.h"

namespace tandem::serve {
namespace {

/// What every call uses; all of it outlives the route.
struct Surroundings {
  InferenceService* service = nullptr;
  const SharedMemoryRegistry* shared_memory = nullptr;
  Tracer* tracer = nullptr;
  const Clock* clock = nullptr;
};

struct Sampled {
  std::uint64_t id = 0;
  SteadyTime arrival{};
  SteadyTime begun{};
};

/// One call between its question and its answer.
struct Call {
  const Surroundings* around = nullptr;
  std::shared_ptr<const ServedModel> model;
  DecodedInfer decoded;
  Responder respond;
  bool wants_note = false;
  std::optional<Sampled> sampled;  // when it is to be traced
};

void write_trace(const Call& call, const BatchTiming& timing) {
  TracedCall traced;
  traced.id = call.sampled->id;
  traced.model = call.model->name;
  traced.version = call.model->version;
  traced.request_id = call.decoded.id.value_or("");
  traced.arrival = call.sampled->arrival;
  traced.begun = call.sampled->begun;
  traced.ended = call.around->clock->now();
  traced.timing = timing;
  call.around->tracer->write(std::move(traced));
}

HttpResponse to_response(Result<InferResponse> result, const Call& call) {
  const BatchTiming timing = result ? result->timing : BatchTiming{};
  if (result && call.sampled) write_trace(call, timing);
  auto answer = result ? encode_infer(call.decoded, *call.model, std::move(*result))
                       : Result<HttpResponse>(fail(std::move(result).error()));
  HttpResponse response = answer ? std::move(*answer) : error_response(answer.error());
  if (call.wants_note) response.note = make_call_note(*call.model, call.decoded.id, timing);
  return response;
}

std::optional<Sampled> sample(const Surroundings& around, const std::string& model, SteadyTime arrival) {
  if (around.tracer == nullptr) return std::nullopt;
  const auto id = around.tracer->sample(model);
  if (!id) return std::nullopt;
  return Sampled{*id, arrival, around.clock->now()};
}

Result<std::shared_ptr<Call>> begin_call(const Surroundings& around, const HttpRequest& request,
                                         const PathParameters& path) {
  auto call = std::make_shared<Call>();
  call->around = &around;
  call->model = TRY(around.service->find(path.get("name"), path.get("version")));
  InferBody body;
  body.bytes = request.body;
  body.json_length = TRY(parse_json_length(request.header("inference-header-content-length"), request.body.size()));
  body.owner = request.owner;
  body.arrival = request.arrival;
  body.round = request.round;
  body.abandoned = request.abandoned;
  body.shared_memory = around.shared_memory;
  call->decoded = TRY(decode_infer(body, *call->model));
  call->wants_note = request.wants_note;
  call->sampled = sample(around, call->model->name, request.arrival);
  return call;
}

}  // namespace

Route infer_route(InferenceService& service, const V2Options& options) {
  // Calls may be answered after the router has gone, so they share this.
  const auto around = std::make_shared<const Surroundings>(
      Surroundings{&service, options.shared_memory, options.tracer, options.clock});
  return [around](const HttpRequest& request, const PathParameters& path, Responder respond) {
    auto begun = begin_call(*around, request, path);
    if (!begun) return respond(error_response(begun.error()));
    const std::shared_ptr<Call> call = std::move(*begun);
    call->respond = std::move(respond);
    InferRequest inference = std::move(call->decoded.request);
    around->service->infer(call->model, std::move(inference), [around, call](Result<InferResponse> result) {
      call->respond(to_response(std::move(result), *call));
    });
  };
}

}  // namespace tandem::serve
