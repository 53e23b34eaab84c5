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
StoreEntry entry_of_file(const std::filesystem::path& file) {
  const std::string name = file.stem().string();
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  if (folder.filename() == "weights") {
    if (const auto store = Store::open(folder.parent_path()); store) {
      if (auto entry = store->find(name); entry) return std::move(*entry);
    }
  }
  StoreEntry entry;
  entry.name = name;
  entry.weights = file;
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

Result<ModelSource> ModelSource::open(const std::filesystem::path& store_or_model, std::string_view only) {
  std::error_code failed;
  if (!std::filesystem::exists(store_or_model, failed)) {
    return not_found(fmt::format("there is no model store and no model file at '{}'", store_or_model.string()));
  }
  ModelSource source;
  if (!std::filesystem::is_directory(store_or_model, failed)) {
    source.file_ = entry_of_file(store_or_model);
    return source;
  }
  source.store_ = TRY(Store::open(store_or_model));
  if (!only.empty()) {
    TRY(source.store_->find(only));
    const VersionedName name = TRY(VersionedName::parse(only));
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
