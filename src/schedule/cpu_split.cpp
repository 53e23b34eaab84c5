// SPDX-License-Identifier: Apache-2.0
// Powers of two, and one rule.
#include "schedule/cpu_split.h"

#include <algorithm>

#include "base/check.h"

namespace tandem {
namespace {

/// More threads than this seldom help one run; more instances of fewer threads do.
constexpr int kMostThreads = 16;
constexpr double kAsGood = 0.95;
/// And where runs of more threads are kept beside them, so that only the rate under load is at stake. Runs of few
/// threads are seldom much slower than this clock can tell, and runs of many were once found 18 % slower.
constexpr double kAsGoodBesideLone = 0.9;
/// What a second session must save of a lone run's time to be worth its memory.
constexpr double kWorthASession = 0.8;

double best_rate(std::span<const SplitMeasurement> measured) {
  double best = 0;
  for (const SplitMeasurement& one : measured) best = std::max(best, one.runs_per_second);
  return best;
}

}  // namespace

std::vector<CpuSplit> split_candidates(int cores, const CpuSplit& given) {
  cores = std::max(cores, 1);
  if (given.instances > 0 && given.threads > 0) return {given};
  if (given.threads > 0) return {{std::max(cores / given.threads, 1), given.threads}};
  if (given.instances > 0) return {{given.instances, std::max(cores / given.instances, 1)}};
  std::vector<CpuSplit> splits;
  const int most = std::min(cores, kMostThreads);
  splits.push_back({cores / most, most});
  int threads = 1;
  while (threads * 2 < most) threads *= 2;
  for (; threads >= 1 && threads < most; threads /= 2) splits.push_back({cores / threads, threads});
  return splits;
}

std::size_t choose_split(std::span<const SplitMeasurement> measured) {
  CHECK(!measured.empty());
  const double good_rate = best_rate(measured) * kAsGood;
  std::size_t chosen = measured.size();
  for (std::size_t i = 0; i < measured.size(); ++i) {
    if (measured[i].runs_per_second < good_rate) continue;
    if (chosen == measured.size() || measured[i].alone < measured[chosen].alone) chosen = i;
  }
  return chosen;
}

SplitPair choose_splits(std::span<const SplitMeasurement> measured) {
  const std::size_t chosen = choose_split(measured);
  const double good_rate = best_rate(measured) * kAsGoodBesideLone;
  const auto much_faster = [&](std::size_t one, std::size_t other) {
    return std::chrono::duration<double>(measured[one].alone) <=
           kWorthASession * std::chrono::duration<double>(measured[other].alone);
  };
  const std::size_t narrower = chosen + 1;
  if (narrower < measured.size() && measured[narrower].runs_per_second >= good_rate && much_faster(chosen, narrower)) {
    return {narrower, chosen};
  }
  if (chosen > 0 && much_faster(chosen - 1, chosen)) return {chosen, chosen - 1};
  return {chosen, std::nullopt};
}

}  // namespace tandem
