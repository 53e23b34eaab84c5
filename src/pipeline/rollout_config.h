// SPDX-License-Identifier: Apache-2.0
// RolloutConfig: rollouts/NAME.yaml as data: which versions of a model are served, under which names, to how many.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tandem {

/// "stable" for "3": a client names the alias where it would name a version.
struct VersionAlias {
  std::string name;
  std::string version;

  friend bool operator==(const VersionAlias&, const VersionAlias&) = default;
};

/// The share of a version is its weight among all weights.
struct VersionWeight {
  std::string version;
  std::uint32_t weight = 0;

  friend bool operator==(const VersionWeight&, const VersionWeight&) = default;
};

/// A share of the requests runs once more, on another version or on another engine, and is compared.
struct ShadowConfig {
  std::string version;  // "": the version that answered
  std::string engine;   // "": the engine that answered; not both are ""
  double share = 0;     // above 0, at most 1

  friend bool operator==(const ShadowConfig&, const ShadowConfig&) = default;
};

/// Versions that an alias, a weight or the shadow names are served too.
struct RolloutConfig {
  bool all = false;                    // every version the store keeps
  std::size_t latest = 1;              // else that many of the newest
  std::vector<std::string> versions;   // else exactly these, when there are any
  std::vector<VersionAlias> aliases;   // no two of one name
  std::vector<VersionWeight> weights;  // of requests that name no version; empty: the newest gets them
  std::optional<ShadowConfig> shadow;

  friend bool operator==(const RolloutConfig&, const RolloutConfig&) = default;
};

/// Parses the YAML text, schema 1 (docs/formats/store.md). Strict, as parse_model_config.
Result<RolloutConfig> parse_rollout_config(std::string_view yaml);

/// That of a file; the defaults for an empty path. Errors: those of the file; those of parsing with the file's name.
Result<RolloutConfig> read_rollout_config(const std::filesystem::path& file);

/// "2:0.1" or "openvino:0.1", as an operator writes it on the command line: digits are a version, letters an engine.
Result<ShadowConfig> parse_shadow(std::string_view text);

}  // namespace tandem
