// SPDX-License-Identifier: Apache-2.0
// The model repository extension over HTTP: index, load, unload.
#pragma once

#include <string>
#include <string_view>

#include "serve/http/router.h"
#include "serve/inference_service.h"
#include "serve/model_control.h"

namespace tandem::serve {

/// `control` is null where models are not loaded and unloaded by calls: then those answer 503. Both outlive the router.
void add_repository_routes(Router& router, InferenceService& service, ModelControl* control);

/// What load and unload answer where `control` is null.
Error control_is_off();

/// Takes a file of a load call; `key` is "file:" and its path below the model. Errors: invalid_argument (a path that
/// leaves the model, too many files).
Status add_model_file(const std::string& key, std::string bytes, LoadParameters& parameters);
/// Errors: invalid_argument (files without config).
Status check_load_parameters(const LoadParameters& parameters);

/// The body of a load call: "", {} or {"parameters": {"config": ..., "file:PATH": base64}}.
/// Errors: invalid_argument (grammar, base64, paths that leave the model, files without config).
Result<LoadParameters> read_load_parameters(std::string_view json);

/// The body of an unload call: whether models that depend on this one go too. Errors: invalid_argument.
Result<bool> read_unload_dependents(std::string_view json);

}  // namespace tandem::serve
