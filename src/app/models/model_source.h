// SPDX-License-Identifier: Apache-2.0
// ModelSource: what a person means by MODEL on the command line: a file, or a name in the store, NAME or NAME@n.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "app/models/plan_flags.h"
#include "app/models/session_flags.h"
#include "base/error.h"
#include "pipeline/pipeline.h"
#include "store/store.h"

namespace tandem::app {

/// The files of one model. Paths are empty where there is no such file.
struct ModelSource {
  std::string name;  // the weights' stem, or the name in the store, NAME or NAME@n
  std::filesystem::path weights;
  std::filesystem::path metadata;
  std::filesystem::path config;
  std::optional<Store> store;  // in which `name` can be found again
};

/// A path goes before a name. A file that lies in a store (weights/, python/, checkpoints/) has its metadata and config
/// from there; any other may have its config beside it, as NAME.yaml.
/// Errors: not_found, naming where it was searched and what is most like it.
Result<ModelSource> find_model(std::string_view text, const std::filesystem::path& store);

/// The model that says the words of `encoder`: of its store, or the file of that name beside it.
/// Errors: not_found, naming where it was searched.
Result<ModelSource> find_step(const ModelSource& encoder, const std::string& name);

/// A model that is ready to run, with the pipeline that its config describes.
struct ReadyModel {
  LoadedModel loaded;
  std::optional<Pipeline> pipeline;
  PlanChoice plan;  // of its config
};
/// One run at a time, on the engine and with the settings of the config's plan unless flags say otherwise.
/// Config and weights are of one version, even when a writer replaces the model meanwhile.
/// Errors: those of the config, the engine and the pipeline.
Result<ReadyModel> load_source(const Context& context, const SessionFlags& flags, const ModelSource& source,
                               const PlanFlags& plans = {.ignore = true});

}  // namespace tandem::app
