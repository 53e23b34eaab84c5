// SPDX-License-Identifier: Apache-2.0
// Each round is held against itself: what slowed the machine down slowed all of its blocks.
#include "tune/tournament.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "bench/statistics.h"

namespace tandem::tune {
namespace {

constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

double median_of(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return bench::percentile(values, 0.5);
}

}  // namespace

Tournament::Tournament(std::size_t candidates, std::size_t survivors) : survivors_(survivors) {
  CHECK(candidates > 0 && survivors > 0);
  for (std::size_t i = 0; i < candidates; ++i) alive_.push_back(i);
  rounds_.reserve(64);
}

std::size_t Tournament::stages_left() const {
  std::size_t stages = 0;
  for (std::size_t left = alive_.size(); left > survivors_; left = std::max(survivors_, (left + 1) / 2)) ++stages;
  return stages;
}

void Tournament::add_round(std::span<const double> costs) {
  CHECK(costs.size() == alive_.size());
  std::vector<double> round(alive_.size() + left_.size(), kNotMeasured);
  for (std::size_t i = 0; i < costs.size(); ++i) round[alive_[i]] = std::log(costs[i]);
  rounds_.push_back(std::move(round));
}

double Tournament::ratio(std::size_t candidate, std::size_t against) const {
  std::vector<double> logs;
  for (const std::vector<double>& round : rounds_) {
    const double log_ratio = round[candidate] - round[against];
    if (!std::isnan(log_ratio)) logs.push_back(log_ratio);
  }
  return logs.empty() ? 1 : std::exp(median_of(logs));
}

std::vector<std::size_t> Tournament::sorted_alive() const {
  // Against the mean of those that never failed: all of them were measured in every round.
  std::vector<double> scores(alive_.size() + left_.size(), 0);
  std::vector<std::size_t> sound;
  for (const std::size_t candidate : alive_) {
    const bool failed =
        std::ranges::any_of(rounds_, [&](const std::vector<double>& round) { return std::isinf(round[candidate]); });
    if (failed) scores[candidate] = std::numeric_limits<double>::infinity();
    if (!failed) sound.push_back(candidate);
  }
  for (const std::size_t candidate : sound) {
    std::vector<double> relative;
    for (const std::vector<double>& round : rounds_) {
      double mean = 0;
      for (const std::size_t other : sound) mean += round[other] / static_cast<double>(sound.size());
      relative.push_back(round[candidate] - mean);
    }
    if (!relative.empty()) scores[candidate] = median_of(relative);
  }
  std::vector<std::size_t> sorted = alive_;
  std::stable_sort(sorted.begin(), sorted.end(), [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  while (sorted.size() > std::max<std::size_t>(1, sound.size())) {
    sorted.pop_back();  // failed: they stand at the end
  }
  return sorted;
}

void Tournament::close_stage() {
  CHECK(!rounds_.empty());
  std::vector<std::size_t> kept = sorted_alive();
  std::vector<std::size_t> out;  // worst first
  for (const std::size_t candidate : alive_) {
    if (std::ranges::find(kept, candidate) == kept.end()) out.push_back(candidate);
  }
  const std::size_t most = std::max(survivors_, (alive_.size() + 1) / 2);
  while (kept.size() > most) {
    out.push_back(kept.back());
    kept.pop_back();
  }
  left_.insert(left_.end(), out.begin(), out.end());
  std::sort(kept.begin(), kept.end());
  alive_ = std::move(kept);
}

std::vector<std::size_t> Tournament::ranking() const {
  std::vector<std::size_t> all = sorted_alive();
  for (const std::size_t candidate : alive_) {
    if (std::ranges::find(all, candidate) == all.end()) all.push_back(candidate);
  }
  all.insert(all.end(), left_.rbegin(), left_.rend());
  return all;
}

}  // namespace tandem::tune
