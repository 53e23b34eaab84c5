// SPDX-License-Identifier: Apache-2.0
// Leaders are those that nobody beats.
#include "bench/verdict.h"

#include <algorithm>

namespace tandem::bench {
namespace {

std::vector<std::size_t> find_leaders(const std::vector<bool>& usable, std::span<const PairResult> pairs) {
  std::vector<bool> leads = usable;
  for (const PairResult& pair : pairs) {
    if (!usable[pair.first] || !usable[pair.second]) continue;
    if (pair.verdict == PairVerdict::kFirstFaster) leads[pair.second] = false;
    if (pair.verdict == PairVerdict::kSecondFaster) leads[pair.first] = false;
  }
  std::vector<std::size_t> leaders;
  for (std::size_t i = 0; i < leads.size(); ++i) {
    if (leads[i]) leaders.push_back(i);
  }
  return leaders;
}

bool among(std::span<const std::size_t> leaders, const PairResult& pair) {
  return std::ranges::find(leaders, pair.first) != leaders.end() &&
         std::ranges::find(leaders, pair.second) != leaders.end();
}

/// The most that any undecided pair among the leaders needs.
std::optional<std::size_t> missing_rounds(std::span<const std::size_t> leaders, std::span<const PairResult> pairs,
                                          const Margins& margins) {
  std::size_t most = 0;
  for (const PairResult& pair : pairs) {
    if (!among(leaders, pair) || pair.verdict != PairVerdict::kUndecided) continue;
    const auto rounds = rounds_to_decide(pair.ratio, margins);
    if (!rounds) return std::nullopt;
    most = std::max(most, *rounds);
  }
  return most;
}

}  // namespace

Verdict decide(const std::vector<bool>& usable, std::span<const PairResult> pairs, const Margins& margins) {
  const auto count = std::ranges::count(usable, true);
  Verdict verdict;
  verdict.leaders = find_leaders(usable, pairs);
  if (count == 0) return verdict;
  if (count == 1) {
    verdict.outcome = Outcome::kOnlyOne;
    return verdict;
  }
  const bool undecided = std::ranges::any_of(pairs, [&](const PairResult& pair) {
    return among(verdict.leaders, pair) && pair.verdict == PairVerdict::kUndecided;
  });
  if (undecided || verdict.leaders.empty()) {
    verdict.outcome = Outcome::kUndecided;
    if (!verdict.leaders.empty()) verdict.rounds_missing = missing_rounds(verdict.leaders, pairs, margins);
  } else {
    verdict.outcome = verdict.leaders.size() == 1 ? Outcome::kWinner : Outcome::kEquivalent;
  }
  return verdict;
}

}  // namespace tandem::bench
