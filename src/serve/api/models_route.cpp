// SPDX-License-Identifier: Apache-2.0
// The web page's calls.
#include "serve/api/models_route.h"

#include <utility>

#include "serve/api/prediction_json.h"
#include "serve/api/prediction_note.h"
#include "serve/http/status.h"
#include "vision/decode.h"

namespace tandem::serve {
namespace {

HttpResponse answer(const Result<ImagePrediction>& done) {
  if (!done) return error_response(done.error());
  auto text = prediction_answer(*done);
  if (!text) return error_response(text.error());
  HttpResponse response;
  response.text = std::move(*text);
  response.note = prediction_note(*done);
  return response;
}

}  // namespace

void handle_model_list(const ApiContext& context, const Responder& respond) {
  HttpResponse response;
  response.text = model_list(context.service);
  respond(std::move(response));
}

void handle_predict(const ApiContext& context, std::shared_ptr<const Predictor> predictor, std::string_view name,
                    HttpRequest request, const Responder& respond) {
  auto model = context.service.find(name, "");
  if (!model) return respond(error_response(model.error()));
  const Status accepted = context.pool.submit(
      [predictor = std::move(predictor), model = std::move(*model), request = std::move(request), respond] {
        predictor->predict(
            model, [&request](const ServedModel&) { return decode_image(request.body); }, request.arrival,
            [respond](const Result<ImagePrediction>& done) { respond(answer(done)); });
      });
  if (!accepted) respond(error_response(accepted.error()));
}

}  // namespace tandem::serve
