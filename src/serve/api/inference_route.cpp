// SPDX-License-Identifier: Apache-2.0
// Everything but the hand-over happens on the worker pool: bodies may be tens of megabytes.
#include "serve/api/inference_route.h"

#include <utility>
#include <variant>

#include "serve/api/image_input.h"
#include "serve/api/inference_body.h"
#include "serve/api/prediction_json.h"
#include "serve/api/prediction_note.h"
#include "serve/http/status.h"
#include "vision/decode.h"

namespace tandem::serve {
namespace {

HttpResponse failure(const Error& error) {
  HttpResponse response = error_response(error);  // status and Retry-After
  response.text = inference_failure(error.message);
  return response;
}

HttpResponse answer(const Result<ImagePrediction>& done, const std::string& patient_id_json, SystemTime now) {
  if (!done) return failure(done.error());
  auto text = inference_answer(*done, patient_id_json, now);
  if (!text) return failure(text.error());
  HttpResponse response;
  response.text = std::move(*text);
  response.note = prediction_note(*done);
  return response;
}

/// The first image input of the model's config; takes_image() has been asked before.
const ImagePreprocess& image_settings(const ServedModel& model) {
  for (const InputConfig& input : model.pipeline->config().inputs) {
    if (input.image) return *input.image;
  }
  static const ImagePreprocess none;
  return none;
}

Result<Image> image_of(const InferenceBody& body, const ServedModel& model) {
  if (const auto* numbers = std::get_if<NumberImage>(&body.image))
    return image_from_numbers(*numbers, image_settings(model));
  auto image = decode_image(std::get<std::vector<std::byte>>(body.image));
  if (!image) return fail(image.error().with_context("image_data"));
  return image;
}

Result<std::shared_ptr<const ServedModel>> choose(const ApiContext& context, const Predictor& predictor,
                                                  const InferenceBody& body) {
  if (!body.model.empty()) return predictor.choose_model(body.model, "");
  if (!body.analysis_type.empty()) return predictor.choose_model("", body.analysis_type);
  return predictor.choose_model(context.default_model, "");
}

void infer_on_pool(const ApiContext& context, const Predictor& predictor, const HttpRequest& request,
                   const Responder& respond) {
  auto body = parse_inference_body(request.body);
  if (!body) return respond(failure(body.error()));
  auto model = choose(context, predictor, *body);
  if (!model) return respond(failure(model.error()));
  predictor.predict(
      *model, [&body](const ServedModel& chosen) { return image_of(*body, chosen); }, request.arrival,
      [respond, patient_id = body->patient_id_json, &clock = context.clock](const Result<ImagePrediction>& done) {
        respond(answer(done, patient_id, clock.wall()));
      });
}

}  // namespace

void handle_inference(const ApiContext& context, std::shared_ptr<const Predictor> predictor, HttpRequest request,
                      const Responder& respond) {
  const Status accepted = context.pool.submit([&context, predictor = std::move(predictor), request = std::move(request),
                                               respond] { infer_on_pool(context, *predictor, request, respond); });
  if (!accepted) respond(failure(accepted.error()));
}

}  // namespace tandem::serve
