// SPDX-License-Identifier: Apache-2.0
// The steps of one image; the model itself runs where the service wants it.
#include "serve/api/predictor.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "schedule/stage_gate.h"

namespace tandem::serve {

struct Predictor::Job {
  ImagePrediction result;
  PreparedImage prepared;
  std::shared_ptr<const ServedModel> step;  // of a captioner; else null
  SteadyTime arrival;
  PredictionCallback callback;
};

bool takes_image(const ServedModel& model) { return model.pipeline && model.pipeline->takes_image(); }

Result<std::shared_ptr<Predictor::Job>> Predictor::prepare(const std::shared_ptr<const ServedModel>& model,
                                                           const ImageSource& source) const {
  if (!takes_image(*model)) {
    return fail(Code::kFailedPrecondition,
                fmt::format("model '{}' takes no image: its config says nothing of how an image becomes its input; "
                            "send tensors to /v2/models/{}/infer",
                            model->name, model->name));
  }
  auto job = std::make_shared<Job>();
  if (is_captioner(*model)) job->step = TRY(find_caption_step(service_, *model));
  const SteadyTime begin = clock_.now();
  job->result.image = TRY(source(*model));
  const SteadyTime decoded = clock_.now();
  job->prepared = TRY(model->pipeline->prepare(job->result.image));
  job->result.model = model;
  job->result.timing.decode = decoded - begin;
  job->result.timing.preprocess = clock_.now() - decoded;
  return job;
}

void Predictor::predict(const std::shared_ptr<const ServedModel>& model, const ImageSource& source, SteadyTime arrival,
                        PredictionCallback callback) const {
  StageGate* const gate = model->preprocess_gate.get();
  if (gate == nullptr) return prepare_and_run(model, source, arrival, std::move(callback));
  const Status accepted = gate->submit(
      pool_, [this, model, source, arrival, callback] { prepare_and_run(model, source, arrival, callback); });
  if (!accepted) callback(fail(accepted.error()));
}

void Predictor::prepare_and_run(const std::shared_ptr<const ServedModel>& model, const ImageSource& source,
                                SteadyTime arrival, PredictionCallback callback) const {
  auto prepared = prepare(model, source);
  if (!prepared) return callback(fail(std::move(prepared).error()));
  const std::shared_ptr<Job> job = std::move(*prepared);
  job->arrival = arrival;
  job->callback = std::move(callback);

  InferRequest request;
  request.arrival = arrival;
  for (const Tensor& input : job->prepared.inputs) request.inputs.push_back(input.view());
  service_.infer(model, std::move(request), [this, job](Result<InferResponse> response) {
    auto shared = std::make_shared<Result<InferResponse>>(std::move(response));
    go_on(*job->result.model, [this, job, shared] {
      if (!*shared) return job->callback(fail(std::move(*shared).error()));
      interpret(job, std::move(**shared));
    });
  });
}

void Predictor::go_on(const ServedModel& model, WorkerPool::Task task) const {
  StageGate* const gate = model.postprocess_gate.get();
  if (gate == nullptr) return pool_.resume(std::move(task));
  gate->resume(pool_, std::move(task));
}

void Predictor::interpret(const std::shared_ptr<Job>& job, InferResponse response) const {
  const SteadyTime computed = clock_.now();
  auto prediction = job->result.model->pipeline->interpret(response.outputs, job->prepared);
  if (!prediction) return job->callback(fail(std::move(prediction).error()));
  job->result.prediction = std::move(*prediction);
  const BatchTiming& ran = response.timing;
  job->result.timing.batch_size = ran.batch_size;
  job->result.timing.queue = ran.queue;
  job->result.timing.compute = ran.compute_input + ran.compute_infer + ran.compute_output;
  if (!job->step) return finish(job, computed);
  captions_.say({job->result.model, job->step, std::move(response.outputs)}, [this, job](Result<SpokenCaption> said) {
    if (!said) return job->callback(fail(std::move(said).error()));
    job->result.prediction.caption = std::move(said->caption);
    job->result.timing.queue += said->queue;
    job->result.timing.compute += said->compute;
    finish(job, clock_.now());
  });
}

void Predictor::finish(const std::shared_ptr<Job>& job, SteadyTime computed) const {
  job->result.timing.postprocess = clock_.now() - computed;
  job->result.timing.total = clock_.now() - job->arrival;
  job->callback(std::move(job->result));
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
