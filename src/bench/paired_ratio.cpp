// SPDX-License-Identifier: Apache-2.0
// Bootstrap, margins, and what more rounds would bring.
#include "bench/paired_ratio.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "base/check.h"
#include "bench/statistics.h"

namespace tandem::bench {
namespace {

constexpr std::size_t kMostRounds = 1'000'000;
constexpr double kSettledWithin = 0.02;

double median(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return percentile(values, 0.5);
}

}  // namespace

RatioInterval paired_ratio(std::span<const double> first_ms, std::span<const double> second_ms,
                           const BootstrapOptions& options) {
  CHECK(!first_ms.empty() && first_ms.size() == second_ms.size() && options.resamples > 0);
  const std::size_t rounds = first_ms.size();
  std::vector<double> logs;
  for (std::size_t i = 0; i < rounds; ++i) logs.push_back(std::log(second_ms[i] / first_ms[i]));

  std::mt19937_64 random(options.seed);
  std::vector<double> medians;
  std::vector<double> drawn(rounds);
  for (std::size_t i = 0; i < options.resamples; ++i) {
    // Not std::uniform_int_distribution: it draws other numbers with another standard library.
    for (double& value : drawn) value = logs[random() % rounds];
    medians.push_back(median(drawn));
  }
  std::sort(medians.begin(), medians.end());
  const double tail = (1 - options.confidence) / 2;
  return {std::exp(median(logs)), std::exp(percentile(medians, tail)), std::exp(percentile(medians, 1 - tail)), rounds};
}

double shared_confidence(std::size_t comparisons) {
  return 1 - 0.05 / static_cast<double>(std::max<std::size_t>(1, comparisons));
}

bool is_narrow(const RatioInterval& ratio, double goal) { return ratio.high / ratio.low < (1 + goal) * (1 + goal); }

Margins make_margins(double margin, const RatioInterval& noise) {
  return {margin, std::max({margin, noise.high - 1, 1 / noise.low - 1})};
}

PairVerdict judge(const RatioInterval& ratio, const Margins& margins) {
  if (ratio.rounds < kRoundsToDecide) return PairVerdict::kUndecided;
  if (ratio.low > 1 + margins.faster) return PairVerdict::kFirstFaster;
  if (ratio.high < 1 / (1 + margins.faster)) return PairVerdict::kSecondFaster;
  const bool inside = ratio.low >= 1 / (1 + margins.equivalent) && ratio.high <= 1 + margins.equivalent;
  return inside ? PairVerdict::kEquivalent : PairVerdict::kUndecided;
}

std::optional<std::size_t> rounds_to_decide(const RatioInterval& ratio, const Margins& margins) {
  if (ratio.rounds < kRoundsToDecide) return kRoundsToDecide - ratio.rounds;
  const double half_width = std::log(ratio.high / ratio.low) / 2;
  const double difference = std::abs(std::log(ratio.estimate));
  const double room = std::max(std::log1p(margins.equivalent) - difference, difference - std::log1p(margins.faster));
  if (room <= 0) return std::nullopt;
  const auto have = static_cast<double>(ratio.rounds);
  const double needed = have * std::pow(half_width / room, 2);
  if (needed > static_cast<double>(kMostRounds)) return std::nullopt;
  return static_cast<std::size_t>(std::max(1.0, std::ceil(needed - have)));
}

bool has_settled(std::span<const double> block_ms) {
  if (block_ms.size() < 3) return false;
  const auto last = block_ms.last(3);
  const bool falls = last[0] > last[1] && last[1] > last[2];
  const bool rises = last[0] < last[1] && last[1] < last[2];
  return !(falls || rises) || std::abs(last[2] / last[0] - 1) < kSettledWithin;
}

}  // namespace tandem::bench
