// SPDX-License-Identifier: Apache-2.0
// Sets of versions as sorted lists: there are a handful of them.
#include "serve/models/version_plan.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/split_mix.h"

namespace tandem::serve {
namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

bool contains(std::span<const std::string> versions, std::string_view version) {
  return std::find(versions.begin(), versions.end(), version) != versions.end();
}

void add_once(std::vector<std::string>& versions, const std::string& version) {
  if (!contains(versions, version)) versions.push_back(version);
}

/// What the rollout's list, or its count, asks for, whether it is there or not.
std::vector<std::string> listed(const RolloutConfig& rollout, std::span<const std::string> available) {
  if (rollout.all) return {available.begin(), available.end()};
  if (!rollout.versions.empty()) return rollout.versions;
  const std::size_t count = std::min(rollout.latest, available.size());
  return {available.end() - static_cast<std::ptrdiff_t>(count), available.end()};
}

}  // namespace

bool is_older(std::string_view left, std::string_view right) {
  const auto a = number_of(left);
  const auto b = number_of(right);
  if (a && b && *a != *b) return *a < *b;
  if (a.has_value() != b.has_value()) return a.has_value();
  return left < right;
}

VersionChoice choose_versions(const RolloutConfig& rollout, std::span<const std::string> available) {
  std::vector<std::string> named = listed(rollout, available);
  for (const VersionAlias& alias : rollout.aliases) add_once(named, alias.version);
  for (const VersionWeight& weight : rollout.weights) add_once(named, weight.version);
  VersionChoice choice;
  for (const std::string& version : named) {
    add_once(contains(available, version) ? choice.wanted : choice.missing, version);
  }
  if (choice.wanted.empty() && !available.empty()) choice.wanted.push_back(available.back());
  std::sort(choice.wanted.begin(), choice.wanted.end(), is_older);
  return choice;
}

std::vector<std::string> versions_after(std::span<const std::string> serving, std::span<const std::string> wanted,
                                        std::span<const std::string> up) {
  const bool complete =
      std::all_of(wanted.begin(), wanted.end(), [&](const std::string& version) { return contains(up, version); });
  std::vector<std::string> after(up.begin(), up.end());
  if (!complete) {
    for (const std::string& version : serving) add_once(after, version);
  }
  std::sort(after.begin(), after.end(), is_older);
  return after;
}

double place_of(std::uint64_t ticket) {
  constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
  return static_cast<double>((ticket * kSplitMixStep) >> 11) * kUnit;
}

std::size_t pick_weight(std::span<const VersionWeight> weights, std::uint64_t ticket) {
  std::uint64_t sum = 0;
  for (const VersionWeight& weight : weights) sum += weight.weight;
  double place = place_of(ticket) * static_cast<double>(sum);
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i].weight == 0) continue;
    last = i;
    if (place < static_cast<double>(weights[i].weight)) return i;
    place -= static_cast<double>(weights[i].weight);
  }
  return last;
}

}  // namespace tandem::serve
