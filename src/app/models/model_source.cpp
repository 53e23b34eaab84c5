// SPDX-License-Identifier: Apache-2.0
// Files first, then the store.
#include "app/models/model_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/model_config.h"
#include "store/versioned_name.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

ModelSource from_entry(std::string name, const Store& store, const StoreEntry& entry) {
  return {std::move(name), entry.weights, entry.metadata, entry.config, store};
}

ModelSource from_file(const fs::path& file) {
  ModelSource alone{file.stem().string(), file, {}, {}, {}};
  std::error_code error;
  // A model on its own may have its config beside it, as `tandem convert` writes it.
  const fs::path beside = fs::path(file).replace_extension(".yaml");
  if (fs::is_regular_file(beside, error)) alone.config = beside;
  const fs::path whole = fs::absolute(file, error);
  const std::string folder = whole.parent_path().filename().string();
  const bool is_weights = folder == "weights" && (file.extension() == ".onnx" || file.extension() == ".ensemble");
  if (error || (!is_weights && folder != "python" && folder != "checkpoints")) return alone;
  const Result<Store> store = Store::open(whole.parent_path().parent_path());
  if (!store) return alone;
  const Result<StoreEntry> entry = store->find(alone.name);
  if (!entry) return alone;
  if (!is_weights) return ModelSource{alone.name, file, entry->metadata, entry->config, {}};
  ModelSource source = from_entry(alone.name, *store, *entry);
  // The path as it was given, unless the file is being replaced just now.
  if (!entry->fixed) source.weights = file;
  return source;
}

/// A text that is no model's name may still be part of one.
std::string describe_closest(std::string_view text, const Result<Store>& store) {
  const auto entries = store ? store->list() : Result<std::vector<StoreEntry>>(fail(store.error()));
  if (!entries || entries->empty()) return "";
  std::vector<std::string> names;
  for (const StoreEntry& entry : *entries) names.push_back(entry.name);
  return fmt::format("; closest to it: {}", fmt::join(closest_names(text, std::move(names)), ", "));
}

Result<ReadyModel> load_files(const Context& context, const LoadingFlags& how, const fs::path& weights,
                              const fs::path& config_file) {
  std::optional<ModelConfig> config = TRY(read_model_config(config_file));
  PlannedFiles files{weights, {}, ""};
  if (config) files.plan = config->plan;
  if (config) files.preferred = config->engine;
  PlannedModel planned = TRY(load_planned(context, {how.session, how.plans}, files, PlannedRuns::kOne));
  ReadyModel ready;
  ready.loaded = std::move(planned.loaded);
  ready.plan = std::move(planned.plan);
  if (config) ready.pipeline = TRY(Pipeline::create(std::move(*config), ready.loaded.session->info()));
  return ready;
}

}  // namespace

Result<ModelSource> find_model(std::string_view text, const fs::path& store_folder) {
  if (text.find('\0') != std::string_view::npos || text.empty()) return invalid_argument("a model's name is not empty");
  const fs::path path(text);
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return invalid_argument(fmt::format("{} is a folder: expected a model file, or a name in the store", text));
  }
  if (fs::exists(path, error)) return from_file(path);
  const Result<Store> store = Store::open(store_folder);
  const Result<StoreEntry> entry = store ? store->find(text) : Result<StoreEntry>(fail(store.error()));
  if (entry) return from_entry(std::string(text), *store, *entry);
  if (!ModelName::parse(text.substr(0, text.find('@')))) {  // no name that a model of a store could have
    return not_found(fmt::format("there is no file {}, and no model of that name in the store {}{}", text,
                                 store_folder.string(), describe_closest(text, store)));
  }
  if (entry.error().code == Code::kDataLoss) return fail(entry.error());
  return not_found(fmt::format("there is no file {}, nor a model of that name: {}", text, entry.error().message));
}

Result<ModelSource> find_step(const ModelSource& encoder, const std::string& name) {
  const auto missing = [&](const std::string& where) {
    return not_found(
        fmt::format("{} says its captions with the model {} (caption.step of its config), which is not "
                    "there: {}",
                    encoder.name, name, where));
  };
  if (encoder.store) {
    const Result<StoreEntry> entry = encoder.store->find(name);
    if (!entry) return missing(entry.error().message);
    return from_entry(name, *encoder.store, *entry);
  }
  const fs::path beside = encoder.weights.parent_path() / (name + encoder.weights.extension().string());
  std::error_code error;
  if (!fs::is_regular_file(beside, error)) return missing("expected the file " + beside.string());
  return from_file(beside);
}

Result<ReadyModel> load_source(const Context& context, const SessionFlags& flags, const ModelSource& source,
                               const PlanFlags& plans) {
  const LoadingFlags how{flags, plans};
  if (!source.store) return load_files(context, how, source.weights, source.config);
  return read_together(*source.store, source.name,
                       [&](const StoreEntry& entry) { return load_files(context, how, entry.weights, entry.config); });
}

}  // namespace tandem::app
