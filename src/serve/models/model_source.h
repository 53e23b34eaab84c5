// SPDX-License-Identifier: Apache-2.0
// ModelSource: where a server's models come from, a store or one file, always as they are on the disk now.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "pipeline/rollout_config.h"
#include "serve/models/loaded_model.h"
#include "store/store.h"

namespace tandem::serve {

/// The files of one version, as they belong together.
struct SourceFiles {
  StoreEntry entry;
  std::filesystem::path golden;  // empty: there is none
};

/// How what is found is called.
struct SourceNames {
  std::string only;   // the one model of the store that counts, NAME or NAME@n; "": all
  std::string alone;  // the name of a model that is in no store; "": that of its file
};

/// Thread-safe.
class ModelSource final {
 public:
  /// A folder that is no store is one of a single model, for which `names.alone` must be given: model.onnx, or the only
  /// .onnx file, with its config and its metadata beside it (the same name, .yaml and .json).
  /// Errors: not_found (nothing there, or not names.only), invalid_argument (no store and no model).
  static Result<ModelSource> open(const std::filesystem::path& place, const SourceNames& names);

  /// Errors: unavailable (the folder cannot be read).
  Result<std::vector<std::string>> names() const;

  /// What a store says of files that are no models of it.
  std::vector<std::string> problems() const;

  /// Oldest first. Errors: not_found, those of the store.
  Result<std::vector<std::string>> versions(std::string_view name) const;

  /// Errors: those of the store and of the config.
  Result<RolloutConfig> rollout(std::string_view name) const;

  /// Differs when what the store says of the model's rollout differs.
  std::string rollout_fingerprint(std::string_view name) const;

  using Load = std::function<Result<std::unique_ptr<LoadedModel>>(const SourceFiles&)>;
  /// load(files), once more when a writer changed the store meanwhile. Errors: those of the store and of `load`.
  Result<std::unique_ptr<LoadedModel>> read(std::string_view name, std::string_view version, const Load& load) const;

  /// Differs when the files differ that decide what the version answers. Reads no weights: a file is known by place,
  /// size and time of change. Errors: those of the store.
  Result<std::string> fingerprint(std::string_view name, std::string_view version) const;

 private:
  ModelSource() = default;
  std::string label(std::string_view name, std::string_view version) const;
  std::filesystem::path golden(std::string_view name, std::string_view version) const;

  std::optional<Store> store_;  // none: one file
  StoreEntry file_;             // when there is no store
  std::string only_name_;       // "": all
  std::string only_version_;    // "": as the rollout says
};

}  // namespace tandem::serve
