// SPDX-License-Identifier: Apache-2.0
// ModelTable: which models answer at this moment; never changed, only replaced as a whole.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "pipeline/rollout_config.h"
#include "serve/models/loaded_model.h"

namespace tandem::serve {

/// The models of one name.
struct ServedName {
  std::vector<std::shared_ptr<const LoadedModel>> versions;  // oldest first
  std::vector<VersionAlias> aliases;
  std::vector<VersionWeight> weights;  // of versions in the list, not all 0; empty: the newest gets every request
  /// Numbers the requests that are told apart by weight. Null when there are no weights.
  std::shared_ptr<std::atomic<std::uint64_t>> tickets;
  /// When there is no version: why, as in "model 'x' REASON".
  std::string reason;

  /// Null when there is none.
  const std::shared_ptr<const LoadedModel>* find(std::string_view version) const;
};

using ModelTable = std::map<std::string, ServedName, std::less<>>;

/// version  "": by weight, else the newest; an alias; or a version itself
/// Errors: not_found (which there are), unavailable (why).
Result<std::shared_ptr<const LoadedModel>> find_served(const ModelTable& table, std::string_view name,
                                                       std::string_view version);

/// Whether the name is served at all. Errors: not_found, unavailable.
Status check_served(const ModelTable& table, std::string_view name);

/// What goes with `name` when its dependents are unloaded too: the models that it is made of, at any depth, as far as
/// they are served and no other model that stays is made of them.
std::set<std::string> models_to_unload(const ModelTable& table, const std::string& name);

/// The rollout's aliases and weights, without versions that are not served.
void set_rollout(ServedName& served, const RolloutConfig& rollout);

}  // namespace tandem::serve
