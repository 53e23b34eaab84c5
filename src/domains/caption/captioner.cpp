// SPDX-License-Identifier: Apache-2.0
// The encoder once, the step until the caption is finished.
#include "domains/caption/captioner.h"

#include <utility>
#include <vector>

#include "pipeline/greedy_caption.h"

namespace tandem::caption {
namespace {

Result<std::vector<Tensor>> run(Session& session, std::span<const Tensor> inputs, std::string_view part) {
  return session.run(inputs).map_error([part](const Error& error) { return error.with_context(part); });
}

}  // namespace

Result<Captioner> Captioner::create(const CaptionModels& models, const Clock& clock) {
  const ModelConfig& config = models.pipeline.config();
  if (!config.caption) {
    return fail(Code::kFailedPrecondition,
                "the model's config has no section 'caption', which names the step and the words: it is no encoder of "
                "a captioner (docs/formats/model-config.md)");
  }
  if (!models.pipeline.takes_image()) {
    return fail(Code::kFailedPrecondition,
                "the encoder's config does not say how an image becomes its input: add inputs[].image");
  }
  CaptionPlan plan = TRY(CaptionPlan::create(*config.caption, models.encoder.info(), models.step.info()));
  return Captioner(models, std::move(plan), clock);
}

Result<TimedCaption> Captioner::caption(const Image& image) const {
  const SteadyTime begin = clock_->now();
  const PreparedImage prepared = TRY(models_.pipeline.prepare(image));
  const SteadyTime ready = clock_->now();
  std::vector<Tensor> outputs = TRY(run(models_.encoder, prepared.inputs, "encoder"));
  const SteadyTime encoded = clock_->now();
  TimedCaption result = TRY(say(std::move(outputs)));
  result.timing.prepare = ready - begin;
  result.timing.encode = encoded - ready;
  return result;
}

Result<TimedCaption> Captioner::say(std::vector<Tensor> encoded) const {
  const SteadyTime begin = clock_->now();
  GreedyCaption loop = TRY(GreedyCaption::begin(plan_, std::move(encoded)));
  while (!loop.finished()) {
    const std::vector<Tensor> inputs = TRY(loop.next_inputs());
    TRY(loop.take(TRY(run(models_.step, inputs, "step"))));
  }
  TimedCaption result;
  result.timing.decode = clock_->now() - begin;
  result.timing.steps = loop.steps();
  result.caption = loop.caption();
  return result;
}

}  // namespace tandem::caption
