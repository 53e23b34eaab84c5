// SPDX-License-Identifier: Apache-2.0
// GET /api/models and POST /api/models/{name}/predict: what the web page asks.
#pragma once

#include <memory>
#include <string_view>

#include "serve/api/api_routes.h"
#include "serve/api/predictor.h"

namespace tandem::serve {

/// All models, loaded or not, as a JSON list.
void handle_model_list(const ApiContext& context, const Responder& respond);

/// The body is an image file, known by its content whatever the content type says. Errors are {"error": sentence}.
void handle_predict(const ApiContext& context, std::shared_ptr<const Predictor> predictor, std::string_view name,
                    HttpRequest request, const Responder& respond);

}  // namespace tandem::serve
