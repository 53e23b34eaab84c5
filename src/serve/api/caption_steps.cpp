// SPDX-License-Identifier: Apache-2.0
// Between two words the loop goes back to the pool: a word may be answered before infer() returns, and a thousand calls
// inside each other would need as many stack frames.
#include "serve/api/caption_steps.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "pipeline/greedy_caption.h"
#include "pipeline/pipeline.h"

namespace tandem::serve {

/// One caption. Kept alive by the request or the task that carries it on.
class CaptionSteps::Loop final : public std::enable_shared_from_this<Loop> {
 public:
  Loop(const CaptionSteps& steps, CaptionTask task, Callback callback)
      : service_(steps.service_),
        pool_(steps.pool_),
        clock_(steps.clock_),
        task_(std::move(task)),
        callback_(std::move(callback)) {}

  Status begin() {
    const CaptionConfig& config = *task_.encoder->pipeline->config().caption;
    plan_ = TRY(CaptionPlan::create(config, task_.encoder->info, task_.step->info));
    words_ = TRY(GreedyCaption::begin(*plan_, std::move(task_.encoded)));
    return {};
  }

  void go_on() {
    if (words_->finished()) {
      said_.caption = words_->caption();
      return callback_(std::move(said_));
    }
    auto inputs = checked_inputs();
    if (!inputs) return callback_(fail(std::move(inputs).error()));
    InferRequest request;
    request.inputs = std::move(*inputs);
    request.arrival = clock_.now();
    request.abandoned = task_.abandoned;
    service_.infer(task_.step, std::move(request), [self = shared_from_this()](Result<InferResponse> response) {
      auto shared = std::make_shared<Result<InferResponse>>(std::move(response));
      self->pool_.resume([self, shared] { self->take(std::move(*shared)); });
    });
  }

  void stop(const Error& error) { callback_(fail(error)); }

 private:
  /// The service takes only inputs that fit, and an encoder with open dimensions may give others.
  Result<std::vector<Tensor>> checked_inputs() const {
    std::vector<Tensor> inputs = TRY(words_->next_inputs());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].empty()) continue;
      const Status fits = check_matches(task_.step->info.inputs[i], inputs[i]);
      if (!fits) return internal_error(fmt::format("step '{}': {}", task_.step->name, fits.error().message));
    }
    return inputs;
  }

  void take(Result<InferResponse> response) {
    if (!response) return stop(response.error().with_context(fmt::format("step '{}'", task_.step->name)));
    said_.queue += response->timing.queue;
    said_.compute += response->timing.compute_input + response->timing.compute_infer + response->timing.compute_output;
    const std::size_t before = words_->caption().words.size();
    const Status taken = words_->take(std::move(response->outputs));
    if (!taken) return stop(taken.error().with_context(fmt::format("step '{}'", task_.step->name)));
    if (task_.on_word && words_->caption().words.size() > before) task_.on_word(words_->caption().words.back());
    go_on();
  }

  InferenceService& service_;
  WorkerPool& pool_;
  const Clock& clock_;
  CaptionTask task_;
  Callback callback_;
  std::optional<CaptionPlan> plan_;  // borrows the config of task_.encoder
  std::optional<GreedyCaption> words_;
  SpokenCaption said_;
};

bool is_captioner(const ServedModel& model) { return model.pipeline && model.pipeline->config().caption.has_value(); }

Result<std::shared_ptr<const ServedModel>> find_caption_step(const InferenceService& service,
                                                             const ServedModel& encoder) {
  const std::string& name = encoder.pipeline->config().caption->step;
  auto step = service.find(name, "");
  if (step) return step;
  return fail(Code::kUnavailable, fmt::format("model '{}' says its captions with the model '{}' (caption.step of its "
                                              "config), which cannot be asked: {}",
                                              encoder.name, name, step.error().message));
}

void CaptionSteps::say(CaptionTask task, Callback callback) const {
  const auto loop = std::make_shared<Loop>(*this, std::move(task), std::move(callback));
  const Status begun = loop->begin();
  if (!begun) return loop->stop(begun.error());
  loop->go_on();
}

}  // namespace tandem::serve
