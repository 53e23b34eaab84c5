// SPDX-License-Identifier: Apache-2.0
// Nodes that ran although engines know how to do without them: pairs that are usually fused, and data that goes to and
// fro.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/profiler.h"
#include "profile/profile_summary.h"

namespace tandem::profile {

/// All pairs of one kind.
struct LeftOver {
  std::string first;  // operator; "" where one node is enough
  std::string second;
  std::string_view advice;         // one sentence
  std::vector<std::size_t> nodes;  // of the profile: those that could be spared
  double ms = 0;                   // what they take, of a run
};

/// The costliest first. Needs the names of values; without them there is nothing to say.
std::vector<LeftOver> find_left_overs(const ExecutionProfile& profile, const ProfileSummary& summary);

}  // namespace tandem::profile
