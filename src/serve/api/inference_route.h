// SPDX-License-Identifier: Apache-2.0
// POST /inference (R2.1): an image in JSON, a label or a mask out; the contract of the Django caller.
#pragma once

#include <memory>

#include "serve/api/api_routes.h"
#include "serve/api/predictor.h"

namespace tandem::serve {

/// Every failure is {"success":false,"error":sentence,"data":null} with the 4xx or 5xx of its code. The model is
/// metadata.model, else the first whose task is analysis_type, else the server's default.
void handle_inference(const ApiContext& context, std::shared_ptr<const Predictor> predictor, HttpRequest request,
                      const Responder& respond);

}  // namespace tandem::serve
