// SPDX-License-Identifier: Apache-2.0
// Predictions and models as the JSON that the web page and the callers of /inference read.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "serve/api/predictor.h"
#include "serve/inference_service.h"

namespace tandem::serve {

/// {"success":true,"data":{...}} of R2.1. A segmentation has the largest class that is not the background as
/// prediction, shares of the pixels as probabilities, and `mask_image`: a PNG data URL with the classes spread over the
/// grays. A caption has its text as prediction, the mean probability of its words as confidence, and `caption`.
/// Errors: internal (the PNG), failed_precondition (the model's config does not say what its outputs mean).
Result<std::string> inference_answer(const ImagePrediction& done, std::string_view patient_id_json, SystemTime now);

/// {"success":false,"error":message,"data":null}
std::string inference_failure(std::string_view message);

/// The answer of POST /api/models/{name}/predict. Errors: internal (a PNG).
Result<std::string> prediction_answer(const ImagePrediction& done);

/// The list of GET /api/models.
std::string model_list(const InferenceService& service);

}  // namespace tandem::serve
