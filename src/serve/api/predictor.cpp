// SPDX-License-Identifier: Apache-2.0
// The steps of one image; the model itself runs where the service wants it.
#include "serve/api/predictor.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace tandem::serve {

struct Predictor::Job {
  ImagePrediction result;
  PreparedImage prepared;
  SteadyTime arrival;
  PredictionCallback callback;
};

bool takes_image(const ServedModel& model) { return model.pipeline && model.pipeline->takes_image(); }

void Predictor::predict(const std::shared_ptr<const ServedModel>& model, const ImageSource& source, SteadyTime arrival,
                        PredictionCallback callback) const {
  if (!takes_image(*model)) {
    return callback(
        fail(Code::kFailedPrecondition,
             fmt::format("model '{}' takes no image: its config says nothing of how an image becomes its input; "
                         "send tensors to /v2/models/{}/infer",
                         model->name, model->name)));
  }
  const SteadyTime begin = clock_.now();
  auto image = source(*model);
  if (!image) return callback(fail(std::move(image).error()));
  const SteadyTime decoded = clock_.now();
  auto prepared = model->pipeline->prepare(*image);
  if (!prepared) return callback(fail(std::move(prepared).error()));

  auto job = std::make_shared<Job>();
  job->result.model = model;
  job->result.image = std::move(*image);
  job->result.timing.decode = decoded - begin;
  job->result.timing.preprocess = clock_.now() - decoded;
  job->prepared = std::move(*prepared);
  job->arrival = arrival;
  job->callback = std::move(callback);

  InferRequest request;
  request.arrival = arrival;
  for (const Tensor& input : job->prepared.inputs) request.inputs.push_back(input.view());
  service_.infer(model, std::move(request), [this, job](Result<InferResponse> response) {
    auto shared = std::make_shared<Result<InferResponse>>(std::move(response));
    pool_.resume([&clock = clock_, job, shared] {
      if (!*shared) return job->callback(fail(std::move(*shared).error()));
      const SteadyTime computed = clock.now();
      auto prediction = job->result.model->pipeline->interpret((*shared)->outputs, job->prepared);
      if (!prediction) return job->callback(fail(std::move(prediction).error()));
      const InferTiming& ran = (*shared)->timing;
      PredictionTiming& timing = job->result.timing;
      timing.queue = ran.queue;
      timing.compute = ran.compute_input + ran.compute_infer + ran.compute_output;
      timing.postprocess = clock.now() - computed;
      timing.total = clock.now() - job->arrival;
      job->result.prediction = std::move(*prediction);
      job->callback(std::move(job->result));
    });
  });
}

Result<std::shared_ptr<const ServedModel>> Predictor::choose_model(std::string_view name, std::string_view task) const {
  if (!name.empty()) return service_.find(name, "");
  std::shared_ptr<const ServedModel> first;
  for (const ModelState& state : service_.index()) {
    const auto model = service_.find(state.name, "");
    if (!model || !takes_image(**model)) continue;
    const std::string& its_task = (*model)->pipeline->config().task;
    if (its_task == (task.empty() ? "classification" : task)) return *model;
    if (!first) first = *model;
  }
  if (first && task.empty()) return first;
  if (task.empty()) return not_found("no model that takes images is being served");
  return not_found(fmt::format("analysis_type: no model for '{}' that takes images is being served", task));
}

}  // namespace tandem::serve
