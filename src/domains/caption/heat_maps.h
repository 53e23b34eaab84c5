// SPDX-License-Identifier: Apache-2.0
// Heat maps: where a captioner looked for each of its words, as one picture.
#pragma once

#include "base/error.h"
#include "pipeline/caption.h"
#include "vision/image.h"

namespace tandem::caption {

/// An RGB sheet of tiles, to be read as a text is: the image, then one for each word, bright and warm where the model
/// looked and dark elsewhere; five in a row. Each word's largest attention is drawn alike.
/// Errors: failed_precondition (a model that does not say where it looked), invalid_argument (the image).
Result<Image> draw_heat_maps(const Image& image, const Caption& caption);

}  // namespace tandem::caption
