// SPDX-License-Identifier: Apache-2.0
// Reads the store anew at every call: its writers are other processes.
#include "serve/models/model_source.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

#include "base/file.h"
#include "store/side_files.h"
#include "store/versioned_name.h"

namespace tandem::serve {
namespace {

constexpr std::uint64_t kMaxConfigBytes = 1 << 20;

/// A file inside a store is that store's entry, with its config; any other file stands alone.
StoreEntry entry_of_file(const std::filesystem::path& file, const std::string& alone) {
  const std::string name = alone.empty() ? file.stem().string() : alone;
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  if (folder.filename() == "weights") {
    if (const auto store = Store::open(folder.parent_path()); store) {
      if (auto entry = store->find(file.stem().string()); entry) {
        entry->name = name;
        return std::move(*entry);
      }
    }
  }
  StoreEntry entry;
  entry.name = name;
  entry.weights = file;
  return entry;
}

/// The one model of a folder that is no store, as KServe mounts it.
Result<StoreEntry> entry_of_folder(const std::filesystem::path& folder, const std::string& name) {
  const std::filesystem::path usual = folder / "model.onnx";
  std::vector<std::filesystem::path> models;
  std::error_code failed;
  std::filesystem::directory_iterator file(folder, failed);
  for (; !failed && file != std::filesystem::directory_iterator(); file.increment(failed)) {
    if (file->path().extension() == ".onnx") models.push_back(file->path());
  }
  if (failed) return fail(Code::kUnavailable, fmt::format("cannot read {}: {}", folder.string(), failed.message()));
  const bool has_usual = std::find(models.begin(), models.end(), usual) != models.end();
  if (models.size() != 1 && !has_usual) {
    return invalid_argument(
        fmt::format("{} is no store (it has no folder weights/), and for one model it should hold model.onnx or a "
                    "single .onnx file; it holds {} of them",
                    folder.string(), models.size()));
  }
  StoreEntry entry;
  entry.name = name;
  entry.weights = has_usual ? usual : models.front();
  const auto beside = [&](const char* extension) {
    auto path = entry.weights;
    path.replace_extension(extension);
    return std::filesystem::exists(path, failed) ? path : std::filesystem::path();
  };
  entry.config = beside(".yaml");
  entry.metadata = beside(".json");
  return entry;
}

/// Of a model that the store keeps no versions of.
std::string version_in_metadata(const StoreEntry& entry) {
  const auto metadata = entry.metadata.empty() ? Result<ModelMetadata>(ModelMetadata{}) : read_metadata(entry.metadata);
  return metadata ? metadata->version : ModelMetadata{}.version;
}

std::string identity_of(const std::filesystem::path& file) {
  struct stat info{};
  if (file.empty() || ::stat(file.c_str(), &info) != 0) return "none";
  return fmt::format("{}:{}:{}:{}.{}", info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec,
                     info.st_mtim.tv_nsec);
}

/// By content: a config moves to a blob of its own when its version is no longer the current one.
std::string text_identity(const std::filesystem::path& file) {
  const auto text = file.empty() ? Result<std::string>("") : read_file(file, kMaxConfigBytes);
  return text ? fmt::format("{:x}", std::hash<std::string>{}(*text)) : "unreadable";
}

}  // namespace

Result<ModelSource> ModelSource::open(const std::filesystem::path& place, const SourceNames& names) {
  std::error_code failed;
  if (!std::filesystem::exists(place, failed)) {
    return not_found(fmt::format("there is no model store and no model file at '{}'", place.string()));
  }
  ModelSource source;
  if (!std::filesystem::is_directory(place, failed)) {
    source.file_ = entry_of_file(place, names.alone);
    return source;
  }
  if (!names.alone.empty() && !std::filesystem::is_directory(place / "weights", failed)) {
    source.file_ = TRY(entry_of_folder(place, names.alone));
    return source;
  }
  source.store_ = TRY(Store::open(place));
  if (!names.only.empty()) {
    TRY(source.store_->find(names.only));
    const VersionedName name = TRY(VersionedName::parse(names.only));
    source.only_name_ = name.name;
    if (name.version) source.only_version_ = std::to_string(*name.version);
  }
  return source;
}

Result<std::vector<std::string>> ModelSource::names() const {
  std::vector<std::string> names;
  if (!store_) {
    names.push_back(file_.name);
  } else if (!only_name_.empty()) {
    names.push_back(only_name_);
  } else {
    for (const StoreEntry& entry : TRY(store_->list())) names.push_back(entry.name);
  }
  return names;
}

std::vector<std::string> ModelSource::problems() const {
  return store_ && only_name_.empty() ? store_->problems() : std::vector<std::string>();
}

Result<std::vector<std::string>> ModelSource::versions(std::string_view name) const {
  std::vector<std::string> versions;
  if (!store_) {
    if (name != file_.name) return not_found(fmt::format("there is no model '{}'; there is {}", name, file_.name));
    versions.push_back(version_in_metadata(file_));
    return versions;
  }
  if (!only_name_.empty() && name != only_name_) {
    return not_found(fmt::format("only '{}' of this store is served, not '{}'", only_name_, name));
  }
  if (!only_version_.empty()) {
    versions.push_back(only_version_);
    return versions;
  }
  for (const StoreVersion& version : TRY(store_->versions(name))) versions.push_back(std::to_string(version.number));
  const StoreEntry current = TRY(store_->find(name));
  if (versions.empty()) versions.push_back(version_in_metadata(current));
  return versions;
}

Result<RolloutConfig> ModelSource::rollout(std::string_view name) const {
  if (!store_ || !only_version_.empty()) return RolloutConfig{};
  return read_rollout_config(TRY(find_rollout(*store_, name)));
}

std::string ModelSource::rollout_fingerprint(std::string_view name) const {
  if (!store_) return "none";
  const auto file = find_rollout(*store_, name);
  return file && !file->empty() ? text_identity(*file) : "none";
}

std::string ModelSource::label(std::string_view name, std::string_view version) const {
  const auto kept = store_->versions(name);
  return kept && kept->empty() && only_version_.empty() ? std::string(name) : fmt::format("{}@{}", name, version);
}

std::filesystem::path ModelSource::golden(std::string_view name, std::string_view version) const {
  int number = 0;
  const auto parsed = std::from_chars(version.data(), version.data() + version.size(), number);
  if (!store_ || parsed.ec != std::errc() || parsed.ptr != version.data() + version.size()) return {};
  return find_golden(*store_, name, number).value_or(std::filesystem::path());
}

Result<std::unique_ptr<LoadedModel>> ModelSource::read(std::string_view name, std::string_view version,
                                                       const Load& load) const {
  if (!store_) return load({file_, {}});
  return read_together(*store_, label(name, version),
                       [&](const StoreEntry& entry) { return load({entry, golden(name, version)}); });
}

Result<std::string> ModelSource::fingerprint(std::string_view name, std::string_view version) const {
  const StoreEntry entry = store_ ? TRY(store_->find(label(name, version))) : file_;
  return fmt::format("{} {} {}", identity_of(entry.weights), text_identity(entry.config),
                     identity_of(golden(name, version)));
}

}  // namespace tandem::serve
