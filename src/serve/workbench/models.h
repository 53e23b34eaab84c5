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

/// The files of one model for one engine.
struct ModelFiles {
  std::string name;   // in the store, or of the file
  std::string shown;  // the one that is loaded, without folders that are nothing to the person
  Engine* engine = nullptr;
  std::filesystem::path model;
  std::filesystem::path config;             // empty: none
  std::shared_ptr<const ShelvedFile> kept;  // as long as anyone may read from it; null: it is the store's
};

/// An engine that takes no ONNX files (Python) never sees a file of the shelf: it runs the store's model of the same
/// name, which the operator put there, and answers are then held against each other.
/// Errors: not_found, invalid_argument (a checkpoint that is to be converted first), failed_precondition (no such model
/// for the engine), unimplemented (the engine is not in this build).
Result<ModelFiles> find_model_files(const ModelPlaces& places, const ModelChoice& choice);

/// Null where the model has no config. Errors: those of the config.
Result<std::shared_ptr<const Pipeline>> read_pipeline(const ModelFiles& files, const ModelInfo& info);

/// A model that is ready to run.
struct OpenModel {
  std::string name;   // of ModelFiles
  std::string shown;  // likewise
  Engine* engine = nullptr;
  std::unique_ptr<Session> session;
  std::shared_ptr<const Pipeline> pipeline;  // null: it has no config
  double load_ms = 0;
};

/// Errors: those of find_model_files, of the engine and of the config.
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
