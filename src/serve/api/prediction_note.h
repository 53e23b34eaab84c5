// SPDX-License-Identifier: Apache-2.0
// A prediction as the access log tells of it.
#pragma once

#include <memory>

#include "serve/api/predictor.h"
#include "serve/http/message.h"

namespace tandem::serve {

std::shared_ptr<const CallNote> prediction_note(const ImagePrediction& prediction);

}  // namespace tandem::serve
