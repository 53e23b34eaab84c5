// SPDX-License-Identifier: Apache-2.0
// JSON is YAML of one kind, so the reader of our configs, with its limits, reads Triton's too.
#include "serve/models/load_override.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "pipeline/config_reader.h"
#include "serve/models/version_plan.h"

namespace tandem::serve {
namespace {

constexpr std::int64_t kMaxBatchSize = 65536;
constexpr std::size_t kMaxFiles = 16;
constexpr std::size_t kMaxNameBytes = 200;

/// It becomes the name of a file.
Status check_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  if (!name.empty() && name.size() <= kMaxNameBytes && name.front() != '.' &&
      std::all_of(name.begin(), name.end(), allowed)) {
    return {};
  }
  return invalid_argument(fmt::format(
      "a model that is loaded from files needs a name of letters, digits, '_', '-' and '.', at most {}; got '{}'",
      kMaxNameBytes, name.substr(0, kMaxNameBytes)));
}

/// {"latest": {"num_versions": 1}}, {"all": {}} or {"specific": {"versions": [1, 3]}}.
Result<RolloutConfig> read_version_policy(const ConfigValue& value) {
  const ConfigMapping mapping = TRY(ConfigMapping::open(value, {"latest", "all", "specific"}));
  RolloutConfig rollout;
  rollout.all = mapping.find("all").has_value();
  if (const auto latest = mapping.find("latest")) {
    const ConfigMapping inner = TRY(ConfigMapping::open(*latest, {"num_versions"}));
    if (const auto count = inner.find("num_versions")) {
      rollout.latest = static_cast<std::size_t>(TRY(count->integer(1, 64)));
    }
  }
  if (const auto specific = mapping.find("specific")) {
    const ConfigMapping inner = TRY(ConfigMapping::open(*specific, {"versions"}));
    const ConfigValue versions = TRY(inner.required("versions"));
    const auto items = TRY(versions.list());
    for (const ConfigValue& item : items) rollout.versions.push_back(TRY(item.text()));
  }
  return rollout;
}

Status read_config(std::string_view json, LoadOverride& changes) {
  const ConfigNode root = TRY(parse_config_tree(json));
  const ConfigMapping mapping = TRY(ConfigMapping::open(
      {&root, ""}, {"max_batch_size", "backend", "version_policy",
                    // Said by the model itself, or of no meaning here:
                    "name", "platform", "input", "output", "default_model_filename", "parameters", "dynamic_batching",
                    "model_transaction_policy", "optimization", "instance_group", "runtime"}));
  if (const auto size = mapping.find("max_batch_size")) {
    changes.max_batch_size = TRY(size->integer(0, kMaxBatchSize));
  }
  if (const auto backend = mapping.find("backend"); backend && !backend->node->text.empty()) {
    changes.engine = TRY(backend->identifier());
  }
  if (const auto policy = mapping.find("version_policy")) changes.rollout = TRY(read_version_policy(*policy));
  return {};
}

/// The version of "N/model.onnx".
Result<std::string> read_version(std::string_view path) {
  constexpr std::string_view kFile = "/model.onnx";
  constexpr std::size_t kMaxDigits = 9;
  const std::string_view version = path.substr(0, path.size() - std::min(path.size(), kFile.size()));
  const bool number = !version.empty() && version.size() <= kMaxDigits && version.front() != '0' &&
                      std::all_of(version.begin(), version.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (path.ends_with(kFile) && number) return std::string(version);
  return invalid_argument(
      fmt::format("files of a load call: expected 'file:VERSION/model.onnx' with a version from 1, got 'file:{}'",
                  path.substr(0, kMaxNameBytes)));
}

Status write_files(std::string_view name, const LoadParameters& parameters, LoadOverride& changes) {
  TRY(check_name(name));
  if (parameters.config.empty()) {
    return invalid_argument("a load call with files needs the parameter 'config' too ('{}' will do)");
  }
  if (parameters.files.size() > kMaxFiles) {
    return invalid_argument(
        fmt::format("a load call takes at most {} files, got {}", kMaxFiles, parameters.files.size()));
  }
  std::error_code error;
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(error);
  changes.folder = TRY(ScratchFolder::make(error ? std::filesystem::path("/tmp") : temporary, "tandem-load-"));
  for (const auto& [path, bytes] : parameters.files) {
    const std::string version = TRY(read_version(path));
    const std::filesystem::path folder = changes.folder->path() / version;
    std::filesystem::create_directory(folder, error);
    const std::filesystem::path file = folder / fmt::format("{}.onnx", name);
    TRY(write_file_atomic(file, bytes));
    changes.weights[version] = file;
  }
  return {};
}

}  // namespace

std::vector<std::string> LoadOverride::versions() const {
  std::vector<std::string> versions;
  for (const auto& [version, file] : weights) versions.push_back(version);
  std::sort(versions.begin(), versions.end(), is_older);
  return versions;
}

SourceFiles LoadOverride::files(const std::string& name, const std::string& version) const {
  SourceFiles files;
  files.entry.name = name;
  files.entry.weights = weights.at(version);
  files.entry.fixed = true;
  return files;
}

Result<LoadOverride> make_override(std::string_view name, const LoadParameters& parameters) {
  LoadOverride changes;
  if (!parameters.config.empty()) {
    const Status read = read_config(parameters.config, changes);
    if (!read) return fail(read.error().with_context("the parameter 'config' of the load call"));
  }
  if (!parameters.files.empty()) TRY(write_files(name, parameters, changes));
  return changes;
}

}  // namespace tandem::serve
