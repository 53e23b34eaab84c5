// SPDX-License-Identifier: Apache-2.0
// Keeps the state from one frame to the next.
#include "domains/carotid/decider.h"

#include <utility>

namespace tandem::carotid {

const char* profile_name(Profile profile) { return profile == Profile::kTandem ? "tandem" : "legacy"; }

std::optional<Profile> parse_profile(std::string_view name) {
  for (const Profile profile : {Profile::kTandem, Profile::kLegacy}) {
    if (name == profile_name(profile)) return profile;
  }
  return std::nullopt;
}

Decision Decider::decide(const Snapshot& snapshot) {
  if (profile_ == Profile::kLegacy) {
    LegacyStep step = step_legacy(std::move(legacy_), snapshot, thresholds_.legacy);
    legacy_ = std::move(step.state);
    return std::move(step.decision);
  }
  TandemStep step = step_tandem(std::move(tandem_), snapshot, thresholds_.tandem);
  tandem_ = std::move(step.state);
  return std::move(step.decision);
}

}  // namespace tandem::carotid
