// SPDX-License-Identifier: Apache-2.0
// Classification and segmentation as something to look at: the likeliest class, or the regions of the picture.
#pragma once

#include <memory>

#include "base/error.h"
#include "live/observer.h"
#include "pipeline/pipeline.h"

namespace tandem::live {

/// Errors: failed_precondition (a pipeline that takes no image, or whose outputs have no meaning).
Result<std::unique_ptr<Observer>> observe_predictions(Pipeline pipeline, RunModel run);

}  // namespace tandem::live
