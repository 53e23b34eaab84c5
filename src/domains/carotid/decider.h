// SPDX-License-Identifier: Apache-2.0
// Decider: one of the two sets of rules, with what it remembers.
#pragma once

#include <optional>
#include <string_view>

#include "domains/carotid/decision.h"
#include "domains/carotid/legacy_profile.h"
#include "domains/carotid/tandem_profile.h"

namespace tandem::carotid {

enum class Profile { kTandem, kLegacy };
const char* profile_name(Profile profile);  // "tandem", "legacy"
std::optional<Profile> parse_profile(std::string_view name);

struct Thresholds {
  TandemThresholds tandem;
  LegacyThresholds legacy;
};

/// A thin shell around step_tandem and step_legacy. For one thread; reads no clock.
class Decider final {
 public:
  explicit Decider(Profile profile, const Thresholds& thresholds = {}) : profile_(profile), thresholds_(thresholds) {}

  Decision decide(const Snapshot& snapshot);

  Profile profile() const { return profile_; }
  const Thresholds& thresholds() const { return thresholds_; }

 private:
  Profile profile_;
  Thresholds thresholds_;
  TandemState tandem_;  // of the profile in use; the other stays as it was made
  LegacyState legacy_;
};

}  // namespace tandem::carotid
