// SPDX-License-Identifier: Apache-2.0
// From an encoder to a captioner.
#include "app/models/caption_model.h"

#include <utility>

namespace tandem::app {

Result<std::unique_ptr<CaptionModel>> load_caption_model(const Context& context, const SessionFlags& flags,
                                                         const ModelSource& source, const ReadyModel& encoder) {
  if (!encoder.pipeline || !encoder.pipeline->config().caption) return nullptr;
  const ModelSource step_source = TRY(find_step(source, encoder.pipeline->config().caption->step));
  ReadyModel step = TRY(load_source(context, flags, step_source));
  const caption::CaptionModels models{*encoder.pipeline, *encoder.loaded.session, *step.loaded.session};
  auto captioner = caption::Captioner::create(models);
  if (!captioner) return fail(captioner.error().with_context(source.name + " and " + step_source.name));
  return std::make_unique<CaptionModel>(CaptionModel{std::move(step), std::move(*captioner)});
}

}  // namespace tandem::app
