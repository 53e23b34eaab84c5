// SPDX-License-Identifier: Apache-2.0
// One image through one model: what `tandem run` does, with the answer of the server's own routes.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "serve/workbench/models.h"

namespace tandem::serve {

/// pipeline  of the model that is called `name`; null: it has no config
/// Errors: those of the file and the image; failed_precondition (no config says how an image becomes the input).
Result<PreparedImage> prepare_image(const std::string& name, const Pipeline* pipeline,
                                    const std::filesystem::path& image);

/// {"engine", "options", "model", "load_ms", "first_run_ms", "outputs": [{"name", "tensor"}], "answer": {...}}, where
/// answer is what /api/models/NAME/predict says. The model runs twice; the second run is the one in the answer.
/// step  the model that says the words of a captioner, of which `model` is the encoder; null: it is none
Result<std::string> run_image(const OpenModel& model, const OpenModel* step, const std::filesystem::path& image);

}  // namespace tandem::serve
