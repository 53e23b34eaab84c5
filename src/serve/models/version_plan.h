// SPDX-License-Identifier: Apache-2.0
// Which versions of a model are served, which of them stay when a load failed, and which one a request goes to: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/rollout_config.h"

namespace tandem::serve {

/// Numbers by value, before all other texts; those by their letters.
bool is_older(std::string_view left, std::string_view right);

struct VersionChoice {
  std::vector<std::string> wanted;   // oldest first; not empty when there is any version
  std::vector<std::string> missing;  // what the rollout names and the store has not
};

/// available  the versions there are, oldest first
/// When none of the versions that the rollout lists is there, the newest is wanted: a slip of the pen in a rollout does
/// not take a model down.
VersionChoice choose_versions(const RolloutConfig& rollout, std::span<const std::string> available);

/// What is served after a load, oldest first.
/// serving  before it
/// wanted   after it, if all went well
/// up       of those wanted, what is loaded
/// A version that is not wanted any more goes only when every wanted one is up; a wanted one that failed to load anew
/// stays as it was.
std::vector<std::string> versions_after(std::span<const std::string> serving, std::span<const std::string> wanted,
                                        std::span<const std::string> up);

/// The index of the weight that request number `ticket` falls to. Shares are kept closely from the first requests on
/// (the tickets are spread by the golden ratio), and the same ticket falls to the same weight in every process.
/// weights  not all 0
std::size_t pick_weight(std::span<const VersionWeight> weights, std::uint64_t ticket);

/// Where request number `ticket` stands in [0, 1): as far as can be from those before it.
double place_of(std::uint64_t ticket);

}  // namespace tandem::serve
