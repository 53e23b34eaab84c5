// SPDX-License-Identifier: Apache-2.0
// CaptionModel: the second model of a captioner, found by the encoder's config and loaded as the encoder was.
#pragma once

#include <memory>

#include "app/models/model_source.h"
#include "base/error.h"
#include "domains/caption/captioner.h"

namespace tandem::app {

struct CaptionModel {
  ReadyModel step;
  caption::Captioner captioner;  // of `step` and the encoder that it was loaded for
};

/// Null when the model's config has no section `caption`: it is no encoder of a captioner.
/// encoder  outlives the result and stays where it is
/// Errors: not_found (the step, and where it was looked for), those of loading it, failed_precondition (the two models
/// do not belong together).
Result<std::unique_ptr<CaptionModel>> load_caption_model(const Context& context, const SessionFlags& flags,
                                                         const ModelSource& source, const ReadyModel& encoder);

}  // namespace tandem::app
