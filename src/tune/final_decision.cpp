// SPDX-License-Identifier: Apache-2.0
// Intervals first, then the cheapest of those that are proven.
#include "tune/final_decision.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace tandem::tune {
namespace {

/// The rivals of a lane; nothing when one of them is shown to be cheaper.
std::optional<std::vector<RivalRow>> hold_against_defaults(std::span<const FinalLane> lanes, std::size_t lane,
                                                           const FinalDecision& decision) {
  bench::BootstrapOptions bootstrap;
  bootstrap.confidence = decision.confidence;
  std::vector<RivalRow> rivals;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    if (!lanes[i].as_it_is || i == lane) continue;
    RivalRow& row = rivals.emplace_back();
    row.lane = i;
    row.ratio = bench::paired_ratio(lanes[lane].costs, lanes[i].costs, bootstrap);
    row.verdict = bench::judge(row.ratio, decision.margins);
    if (row.verdict == bench::PairVerdict::kSecondFaster && lanes[i].may_win) return std::nullopt;
  }
  return rivals;
}

}  // namespace

bool FinalDecision::narrow(double goal) const {
  return bench::is_narrow(noise, goal) &&
         std::ranges::all_of(rows, [&](const FinalRow& row) { return bench::is_narrow(row.ratio, goal); });
}

FinalDecision decide_final(std::span<const FinalLane> lanes, std::span<const double> again, double margin) {
  CHECK(!lanes.empty() && !lanes[0].costs.empty());
  FinalDecision decision;
  decision.noise = bench::paired_ratio(lanes[0].costs, again, {});
  decision.margins = bench::make_margins(margin, decision.noise);
  decision.confidence = bench::shared_confidence(lanes.size() - 1);
  bench::BootstrapOptions bootstrap;
  bootstrap.confidence = decision.confidence;
  for (std::size_t i = 1; i < lanes.size(); ++i) {
    FinalRow& row = decision.rows.emplace_back();
    row.lane = i;
    row.ratio = bench::paired_ratio(lanes[0].costs, lanes[i].costs, bootstrap);
    row.verdict = bench::judge(row.ratio, decision.margins);
  }
  std::vector<FinalRow> better;
  std::ranges::copy_if(decision.rows, std::back_inserter(better), [&](const FinalRow& row) {
    const bool proven = row.verdict == bench::PairVerdict::kSecondFaster || !lanes[0].may_win;
    return proven && lanes[row.lane].may_win;
  });
  std::ranges::stable_sort(better, {}, [](const FinalRow& row) { return row.ratio.estimate; });
  std::erase_if(better, [&](const FinalRow& row) { return !hold_against_defaults(lanes, row.lane, decision); });
  if (better.empty()) return decision;
  const double as_good = better[0].ratio.estimate * (1 + decision.margins.equivalent);
  const auto choice = std::ranges::min_element(better, {}, [&](const FinalRow& row) {
    return row.ratio.estimate <= as_good ? lanes[row.lane].oddity : std::numeric_limits<int>::max();
  });
  decision.chosen = choice->lane;
  decision.rivals = *hold_against_defaults(lanes, choice->lane, decision);
  return decision;
}

}  // namespace tandem::tune
