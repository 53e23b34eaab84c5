// SPDX-License-Identifier: Apache-2.0
// The models of the workbench: those of the store, with each engine that has a file for them, and ONNX files on the
// shelf.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/registry.h"
#include "pipeline/pipeline.h"
#include "serve/workbench/file_shelf.h"
#include "serve/workbench/job_request.h"

namespace tandem::serve {

/// Where models are looked for. All of it outlives the workbench.
struct ModelPlaces {
  const FileShelf& shelf;
  const EngineRegistry& engines;
  std::filesystem::path store;  // a folder; where it is no store there are no models of one
};

/// A model that is ready to run.
struct OpenModel {
  std::string name;   // in the store, or of the file
  std::string shown;  // the file that was loaded, without folders that are nothing to the person
  Engine* engine = nullptr;
  std::unique_ptr<Session> session;
  std::shared_ptr<const Pipeline> pipeline;  // null: it has no config
  double load_ms = 0;
};

/// An engine that takes no ONNX files (Python) never sees a file of the shelf: it runs the store's model of the same
/// name, which the operator put there, and answers are then held against each other.
/// Errors: not_found, invalid_argument (a checkpoint that is to be converted first), failed_precondition (no such model
/// for the engine), those of the engine and the config.
Result<OpenModel> open_model(const ModelPlaces& places, const ModelChoice& choice);

/// The choice of the model that says the words of a captioner, when `open` is the encoder of one: of the store, or the
/// newest file of its name on the shelf. Errors: not_found.
Result<std::optional<ModelChoice>> choose_step(const ModelPlaces& places, const ModelChoice& choice,
                                               const OpenModel& open);

/// A model of the store and the engines that can run it.
struct ListedModel {
  std::string name;
  std::vector<std::string> engines;
};
std::vector<ListedModel> list_models(const ModelPlaces& places);

}  // namespace tandem::serve
