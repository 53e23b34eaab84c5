// SPDX-License-Identifier: Apache-2.0
// Answers, warming up, rounds in random order, and the end of measuring.
#include "bench/compare.h"

#include <algorithm>
#include <random>

#include "bench/side.h"

namespace tandem::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr nanoseconds kShortestBlock = milliseconds(5);
constexpr nanoseconds kLongestBlock = milliseconds(150);
constexpr int kRoundsWanted = 40;  // blocks are made so short that about so many rounds fit into the budget
constexpr int kWarmUpShare = 4;    // warming up takes at most a quarter of the budget
constexpr std::size_t kRoundsBetweenLooks = 5;
constexpr double kShortestTimeMs = 1e-6;

/// What is measured: the contenders that run, and last the second session of the first one.
struct Lane {
  Side side;
  std::size_t contender = 0;
  std::vector<double> block_ms;
};

class Comparer final {
 public:
  Comparer(std::span<const Contender> contenders, std::span<const std::vector<Tensor>> input_sets,
           const CompareOptions& options, const Clock& clock)
      : contenders_(contenders), input_sets_(input_sets), options_(options), clock_(clock) {}

  Result<Comparison> run(Session& again, const Progress& progress) {
    TRY(check_answers());
    Side side = TRY(make_side(again));
    lanes_.push_back({std::move(side), 0, {}});
    const auto share = options_.budget / static_cast<int>(lanes_.size());
    result_.block = std::clamp(nanoseconds(share / kRoundsWanted), kShortestBlock, kLongestBlock);
    TRY(warm_up());
    TRY(measure_rounds(progress));
    result_.verdict = decide(usable(), result_.pairs, result_.margins);
    return std::move(result_);
  }

 private:
  Result<Side> make_side(Session& session) const {
    return Side::create(session, contenders_[0].session->info(), input_sets_, clock_);
  }

  /// Every contender runs every input set once; the first one, which the others are held against, must.
  Status check_answers() {
    std::vector<std::vector<Tensor>> reference;
    for (std::size_t i = 0; i < contenders_.size(); ++i) {
      ContenderResult& result = result_.contenders.emplace_back();
      result.name = contenders_[i].name;
      auto side = make_side(*contenders_[i].session);
      const Status ran = side ? run_once(*side, result) : Status(fail(side.error()));
      if (!ran) {
        if (i == 0) return fail(ran.error().with_context(result.name));
        result.failure = ran.error();
        continue;
      }
      // The reference against itself shows that it gives one answer, and not one after the other.
      if (i == 0) reference = TRY(copy_outputs(*side));
      if (i == 0) TRY(run_once(*side, result));
      hold_against(reference, *side, result);
      lanes_.push_back({std::move(*side), i, {}});
    }
    return {};
  }

  Status run_once(Side& side, ContenderResult& result) const {
    for (std::size_t set = 0; set < input_sets_.size(); ++set) {
      const double elapsed_ms = TRY(side.run_ms(set));
      if (!result.first_run_ms) result.first_run_ms = elapsed_ms;
    }
    return {};
  }

  Result<std::vector<std::vector<Tensor>>> copy_outputs(const Side& side) const {
    std::vector<std::vector<Tensor>> sets(input_sets_.size());
    for (std::size_t set = 0; set < sets.size(); ++set) {
      for (const Tensor& output : side.outputs(set)) sets[set].push_back(TRY(output.clone()));
    }
    return sets;
  }

  void hold_against(const std::vector<std::vector<Tensor>>& reference, const Side& side,
                    ContenderResult& result) const {
    const std::vector<TensorSpec>& specs = contenders_[0].session->info().outputs;
    for (std::size_t set = 0; set < reference.size(); ++set) {
      const std::vector<Tensor> outputs = side.outputs(set);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        add_output(result.agreement, specs[i].name, outputs[i], reference[set][i], options_.tolerance);
      }
    }
  }

  Status check_cancelled() const {
    if (options_.cancelled && options_.cancelled()) return fail(Code::kCancelled, "the comparison was cancelled");
    return {};
  }

  Status warm_up() {
    const auto limit = options_.budget / (kWarmUpShare * static_cast<int>(lanes_.size()));
    std::vector<double> not_counted;
    for (Lane& lane : lanes_) {
      std::vector<double> medians;
      const SteadyTime end = clock_.now() + limit;
      do {
        TRY(check_cancelled());
        medians.push_back(TRY(lane.side.run_block(result_.block, not_counted)));
      } while (!has_settled(medians) && clock_.now() < end);
      if (&lane == &lanes_.back()) break;  // the second session of the first has no result of its own
      result_.contenders[lane.contender].warmup_blocks = medians.size();
      result_.contenders[lane.contender].settled = has_settled(medians);
    }
    return {};
  }

  Status measure_rounds(const Progress& progress) {
    std::mt19937_64 random(options_.seed);
    std::vector<std::size_t> order(lanes_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const SteadyTime begin = clock_.now();
    for (bool done = false; !done;) {
      for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[random() % (i + 1)]);
      for (const std::size_t index : order) {
        TRY(check_cancelled());
        TRY(run_block(index));
      }
      ++result_.rounds;
      result_.measured = clock_.now() - begin;
      const bool over = result_.measured >= options_.budget;
      const bool look = result_.rounds >= kRoundsToDecide && result_.rounds % kRoundsBetweenLooks == 0;
      if (over || look) judge_pairs();
      done = over || (look && narrow_enough());
      if (progress) progress(std::min(1.0, std::chrono::duration<double>(result_.measured) / options_.budget));
    }
    return {};
  }

  Status run_block(std::size_t index) {
    Lane& lane = lanes_[index];
    std::vector<double> not_counted;
    const bool again = index + 1 == lanes_.size();
    std::vector<double>& samples = again ? not_counted : result_.contenders[lane.contender].samples_ms;
    const auto block_ms = lane.side.run_block(result_.block, samples);
    if (!block_ms) return fail(block_ms.error().with_context(contenders_[lane.contender].name));
    lane.block_ms.push_back(std::max(*block_ms, kShortestTimeMs));
    return {};
  }

  void judge_pairs() {
    const std::size_t measured = lanes_.size() - 1;
    const std::size_t comparisons = std::max<std::size_t>(1, measured * (measured - 1) / 2);
    BootstrapOptions bootstrap;
    bootstrap.seed = options_.seed;
    // Of many comparisons one may look like a difference by chance: each gets its share of the 5 % (Bonferroni).
    bootstrap.confidence = 1 - 0.05 / static_cast<double>(comparisons);
    result_.confidence = bootstrap.confidence;
    result_.noise = paired_ratio(lanes_[0].block_ms, lanes_.back().block_ms, BootstrapOptions{.seed = options_.seed});
    result_.margins = make_margins(options_.margin, result_.noise);
    result_.pairs.clear();
    for (std::size_t i = 0; i < measured; ++i) {
      for (std::size_t j = i + 1; j < measured; ++j) {
        const RatioInterval ratio = paired_ratio(lanes_[i].block_ms, lanes_[j].block_ms, bootstrap);
        result_.pairs.push_back({lanes_[i].contender, lanes_[j].contender, ratio, judge(ratio, result_.margins)});
      }
    }
  }

  bool narrow_enough() const {
    const auto narrow = [this](const RatioInterval& ratio) {
      return ratio.high / ratio.low < (1 + options_.goal) * (1 + options_.goal);
    };
    return narrow(result_.noise) &&
           std::ranges::all_of(result_.pairs, [&](const PairResult& pair) { return narrow(pair.ratio); });
  }

  std::vector<bool> usable() const {
    std::vector<bool> usable;
    for (const ContenderResult& result : result_.contenders) usable.push_back(result.usable());
    return usable;
  }

  std::span<const Contender> contenders_;
  std::span<const std::vector<Tensor>> input_sets_;
  const CompareOptions options_;
  const Clock& clock_;
  std::vector<Lane> lanes_;
  Comparison result_;
};

}  // namespace

Result<Comparison> compare_sessions(std::span<const Contender> contenders, Session& again,
                                    std::span<const std::vector<Tensor>> input_sets, const CompareOptions& options,
                                    const Clock& clock, const Progress& progress) {
  if (contenders.empty() || input_sets.empty()) {
    return invalid_argument("a comparison needs at least one model and one set of inputs");
  }
  return Comparer(contenders, input_sets, options, clock).run(again, progress);
}

}  // namespace tandem::bench
