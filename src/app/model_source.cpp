// SPDX-License-Identifier: Apache-2.0
// Files first, then the store.
#include "app/model_source.h"

#include <fmt/format.h>

#include "base/file.h"
#include "pipeline/model_config.h"
#include "store/store.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxConfigBytes = 1 << 20;

ModelSource from_entry(const StoreEntry& entry) { return {entry.name, entry.weights, entry.metadata, entry.config}; }

ModelSource from_file(const fs::path& file) {
  ModelSource source{file.stem().string(), file, {}, {}};
  std::error_code error;
  // A model on its own may have its config beside it, as `tandem convert` writes it.
  const fs::path beside = fs::path(file).replace_extension(".yaml");
  if (fs::is_regular_file(beside, error)) source.config = beside;
  const fs::path whole = fs::absolute(file, error);
  const std::string folder = whole.parent_path().filename().string();
  if (error || (folder != "weights" && folder != "python" && folder != "checkpoints")) return source;
  const Result<Store> store = Store::open(whole.parent_path().parent_path());
  if (!store) return source;
  const Result<StoreEntry> entry = store->find(source.name);
  if (!entry || (folder == "weights" && entry->weights.filename() != file.filename())) return source;
  source.metadata = entry->metadata;
  source.config = entry->config;
  return source;
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
  if (entry) return from_entry(*entry);
  if (entry.error().code == Code::kInvalidArgument) {  // no name that a model of a store could have
    return not_found(
        fmt::format("there is no file {}, and no model of that name in the store {}", text, store_folder.string()));
  }
  return not_found(fmt::format("there is no file {}, nor a model of that name: {}", text, entry.error().message));
}

Result<ReadyModel> load_source(const Context& context, const SessionFlags& flags, const ModelSource& source) {
  std::optional<ModelConfig> config;
  if (!source.config.empty()) {
    const std::string yaml = TRY(read_file(source.config, kMaxConfigBytes));
    auto parsed = parse_model_config(yaml);
    if (!parsed) return fail(parsed.error().with_context(source.config.string()));
    config = std::move(*parsed);
  }
  ReadyModel ready;
  ready.loaded = TRY(load_model(context, flags, source.weights, config ? config->engine : ""));
  if (config) ready.pipeline = TRY(Pipeline::create(std::move(*config), ready.loaded.session->info()));
  return ready;
}

}  // namespace tandem::app
