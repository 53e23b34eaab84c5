// SPDX-License-Identifier: Apache-2.0
// From a choice to a loaded session; what was brought is loaded as data only.
#include "serve/workbench/models.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/clock.h"
#include "engine/engine_file.h"
#include "serve/workbench/inspection.h"
#include "store/store.h"

namespace tandem::serve {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFilePrefix = "file:";

Result<ModelFiles> files_in_store(const ModelPlaces& places, const std::string& name, Engine& engine) {
  const Store store = TRY(Store::open(places.store));
  const StoreEntry entry = TRY(store.find(name));
  ModelFiles files;
  files.name = name;
  files.engine = &engine;
  files.model = TRY(file_for_engine(engine, entry.weights));
  files.shown = (files.model.parent_path().filename() / files.model.filename()).string();
  files.config = entry.config;
  return files;
}

/// The config that a conversion wrote beside the model, else the newest one of that name on the shelf.
fs::path config_of(const ModelPlaces& places, const ShelvedFile& model) {
  std::error_code error;
  const fs::path beside = fs::path(model.path).replace_extension(".yaml");
  if (fs::is_regular_file(beside, error)) return beside;
  const auto files = places.shelf.list();
  const auto found = std::find_if(files.rbegin(), files.rend(), [&](const auto& file) {
    return file->kind == FileKind::kConfig && file->path.stem() == model.path.stem();
  });
  return found == files.rend() ? fs::path() : (*found)->path;
}

Result<ModelFiles> files_on_shelf(const ModelPlaces& places, std::string_view id, Engine& engine) {
  const auto file = TRY(places.shelf.find(id));
  if (file->kind != FileKind::kOnnx) {
    return invalid_argument(fmt::format("{} is no ONNX model: {}", file->name,
                                        file->kind == FileKind::kCheckpoint ? "convert it first" : "choose a model"));
  }
  if (engine.supports(".onnx"))
    return ModelFiles{file->name, file->name, &engine, file->path, config_of(places, *file), file};
  auto trusted = files_in_store(places, file->path.stem().string(), engine);
  if (trusted) return trusted;
  return fail(
      Code::kFailedPrecondition,
      fmt::format("the engine {} runs only models that were put into the store, never a file that was sent, and "
                  "the store has none for it named {}",
                  engine.name(), file->path.stem().string()));
}

Result<OpenModel> open_files(const ModelFiles& files) {
  OpenModel open;
  open.name = files.name;
  open.shown = files.shown;
  open.engine = files.engine;
  const SteadyTime begin = system_clock().now();
  open.session = TRY(files.engine->load(files.model, SessionOptions{}));
  open.load_ms = std::chrono::duration<double, std::milli>(system_clock().now() - begin).count();
  open.pipeline = TRY(read_pipeline(files, open.session->info()));
  return open;
}

}  // namespace

Result<ModelFiles> find_model_files(const ModelPlaces& places, const ModelChoice& choice) {
  Engine* engine = TRY(places.engines.find(choice.engine));
  TRY(engine->available());
  const bool on_shelf = choice.model.starts_with(kFilePrefix);
  return on_shelf ? files_on_shelf(places, choice.model.substr(kFilePrefix.size()), *engine)
                  : files_in_store(places, choice.model, *engine);
}

Result<std::shared_ptr<const Pipeline>> read_pipeline(const ModelFiles& files, const ModelInfo& info) {
  std::optional<ModelConfig> config = TRY(read_model_config(files.config));
  if (!config) return std::shared_ptr<const Pipeline>();
  return std::make_shared<const Pipeline>(TRY(Pipeline::create(std::move(*config), info)));
}

Result<OpenModel> open_model(const ModelPlaces& places, const ModelChoice& choice) {
  const ModelFiles files = TRY(find_model_files(places, choice));
  auto open = open_files(files);
  if (!open) return fail(open.error().code, sentence_of(open.error(), files.model));
  return open;
}

Result<std::optional<ModelChoice>> choose_step(const ModelPlaces& places, const ModelChoice& choice,
                                               const OpenModel& open) {
  if (!open.pipeline || !open.pipeline->config().caption) return std::optional<ModelChoice>();
  const std::string& step = open.pipeline->config().caption->step;
  if (!choice.model.starts_with(kFilePrefix)) return std::optional(ModelChoice{step, choice.engine});
  const auto files = places.shelf.list();
  const auto found = std::find_if(files.rbegin(), files.rend(), [&](const auto& file) {
    return file->kind == FileKind::kOnnx && file->path.stem() == step;
  });
  if (found != files.rend()) {
    return std::optional(ModelChoice{fmt::format("{}{}", kFilePrefix, (*found)->id), choice.engine});
  }
  return not_found(fmt::format(
      "{} is the encoder of a captioner; its words are said by {}.onnx, which is not here: add it", open.name, step));
}

std::vector<ListedModel> list_models(const ModelPlaces& places) {
  std::vector<ListedModel> models;
  const auto store = Store::open(places.store);
  const auto entries = store ? store->list() : Result<std::vector<StoreEntry>>(fail(store.error()));
  if (!entries) return models;
  for (const StoreEntry& entry : *entries) {
    ListedModel& model = models.emplace_back();
    model.name = entry.name;
    for (const Engine* engine : places.engines.all()) {
      if (file_for_engine(*engine, entry.weights)) model.engines.emplace_back(engine->name());
    }
  }
  return models;
}

}  // namespace tandem::serve
