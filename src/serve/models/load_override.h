// SPDX-License-Identifier: Apache-2.0
// LoadOverride: what a load call says in place of the store: settings, files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/scratch_folder.h"
#include "pipeline/rollout_config.h"
#include "serve/model_control.h"
#include "serve/models/model_source.h"

namespace tandem::serve {

/// Settings that are absent are the store's.
struct LoadOverride {
  std::string engine;                                    // "": the store's
  std::optional<std::int64_t> max_batch_size;            // 0: never batch
  std::optional<RolloutConfig> rollout;                  // of version_policy
  std::map<std::string, std::filesystem::path> weights;  // by version; empty: the store's
  std::shared_ptr<const ScratchFolder> folder;           // in which they lie

  /// Oldest first; none: the store's.
  std::vector<std::string> versions() const;
  /// `version` is one of versions().
  SourceFiles files(const std::string& name, const std::string& version) const;
};

/// Reads the parameters and writes the files to a folder of their own.
/// config  a model configuration as Triton's clients send it. Understood: max_batch_size, backend, version_policy.
///         What only repeats what the model itself says (name, platform, input, output, ...) is passed over
/// files   "N/model.onnx" for version N
/// Errors: invalid_argument (which key or file, what is understood), internal (the files cannot be written).
Result<LoadOverride> make_override(std::string_view name, const LoadParameters& parameters);

}  // namespace tandem::serve
