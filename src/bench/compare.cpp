// SPDX-License-Identifier: Apache-2.0
// Answers, warming up, rounds in random order, and the end of measuring.
#include "bench/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <random>
#include <utility>

#include "bench/random_order.h"

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
constexpr std::size_t kMostSamples = 20'000'000;  // of one contender

/// What is measured: the contenders that run, and the second one of the reference.
struct Lane {
  Side* side = nullptr;
  std::size_t contender = 0;
  bool again = false;
  std::vector<double> block_ms = {};
};

class Comparer final {
 public:
  Comparer(std::span<const Contender> contenders, std::span<const std::vector<Tensor>> input_sets,
           const CompareOptions& options, const Clock& clock)
      : contenders_(contenders), input_sets_(input_sets), options_(options), clock_(clock) {}

  Result<Comparison> run(Side& again, const Progress& progress) {
    TRY(check_answers());
    TRY(again.prepare(reference_info(), input_sets_));
    lanes_.push_back({&again, result_.reference, true});
    const auto share = options_.budget / static_cast<int>(lanes_.size());
    result_.block = std::clamp(nanoseconds(share / kRoundsWanted), kShortestBlock, kLongestBlock);
    TRY(warm_up());
    TRY(measure_rounds(progress));
    for (const Lane& lane : lanes_) keep_blocks(lane);
    result_.verdict = decide(usable(), result_.pairs, result_.margins);
    return std::move(result_);
  }

 private:
  const ModelInfo& reference_info() const { return contenders_[result_.reference].side->info(); }

  /// Every contender runs every input set once; the reference, which the others are held against, must.
  Status check_answers() {
    const auto first = std::ranges::find_if(contenders_, [](const Contender& one) { return one.side != nullptr; });
    result_.reference = static_cast<std::size_t>(first - contenders_.begin());
    for (const Contender& contender : contenders_) {
      ContenderResult& result = result_.contenders.emplace_back();
      result.name = contender.name;
      if (contender.side == nullptr) result.failure = contender.failure.value_or(Error{});
    }
    std::vector<std::vector<Tensor>> answers;
    for (std::size_t i = result_.reference; i < contenders_.size(); ++i) {
      ContenderResult& result = result_.contenders[i];
      if (result.failure) continue;
      const Status ran = check_contender(i, answers);
      if (!ran && i == result_.reference) return fail(ran.error().with_context(result.name));
      if (!ran) result.failure = ran.error();
      if (ran) lanes_.push_back({contenders_[i].side, i});
    }
    return {};
  }

  /// The reference against itself shows that it gives one answer, and not one after the other.
  Status check_contender(std::size_t index, std::vector<std::vector<Tensor>>& reference) {
    Side& side = *contenders_[index].side;
    TRY(side.prepare(reference_info(), input_sets_));
    if (index == result_.reference) reference = TRY(answer_all(side, result_.contenders[index]));
    return hold_against(reference, side, result_.contenders[index]);
  }

  Result<std::vector<std::vector<Tensor>>> answer_all(Side& side, ContenderResult& result) const {
    std::vector<std::vector<Tensor>> sets(input_sets_.size());
    for (std::size_t set = 0; set < sets.size(); ++set) {
      const Answer answer = TRY(side.run_set(set));
      if (!result.first_run_ms) result.first_run_ms = answer.took_ms;
      for (const Tensor& output : answer.outputs) sets[set].push_back(TRY(output.clone()));
    }
    return sets;
  }

  Status hold_against(const std::vector<std::vector<Tensor>>& reference, Side& side, ContenderResult& result) const {
    const std::vector<TensorSpec>& specs = reference_info().outputs;
    for (std::size_t set = 0; set < reference.size(); ++set) {
      const Answer answer = TRY(side.run_set(set));
      if (!result.first_run_ms) result.first_run_ms = answer.took_ms;
      if (answer.outputs.size() != specs.size()) {
        return fail(Code::kDataLoss,
                    fmt::format("it answered with {} outputs, expected {}", answer.outputs.size(), specs.size()));
      }
      for (std::size_t i = 0; i < specs.size(); ++i) {
        add_output(result.agreement, specs[i].name, answer.outputs[i], reference[set][i], options_.tolerance);
        add_mask(result.masks, specs[i].name, answer.outputs[i], reference[set][i]);
      }
    }
    return {};
  }

  void add_mask(MaskOverlap& masks, const std::string& name, const Tensor& got, const Tensor& reference) const {
    const auto rule = options_.masks.find(name);
    if (got.shape() != reference.shape() || (rule == options_.masks.end() && !looks_like_mask(reference))) return;
    masks.add(got, reference, rule == options_.masks.end() ? MaskRule{} : rule->second);
  }

  Status check_cancelled() const {
    if (options_.cancelled && options_.cancelled()) return fail(Code::kCancelled, "the comparison was cancelled");
    return {};
  }

  Status warm_up() {
    const auto limit = options_.budget / (kWarmUpShare * static_cast<int>(lanes_.size()));
    for (std::size_t i = 0; i < lanes_.size();) {
      const Status warm = warm_up_lane(lanes_[i], limit);
      if (!warm && warm.error().code == Code::kCancelled) return warm;
      if (!warm) give_up(i, warm.error());
      if (warm) ++i;
    }
    return {};
  }

  Status warm_up_lane(Lane& lane, nanoseconds limit) {
    std::vector<double> medians;
    const SteadyTime end = clock_.now() + limit;
    do {
      TRY(check_cancelled());
      const Block block = TRY(lane.side->run_block(result_.block));
      medians.push_back(block.median_ms);
    } while (!has_settled(medians) && clock_.now() < end);
    if (lane.again) return {};  // it has no result of its own
    result_.contenders[lane.contender].warmup_blocks = medians.size();
    result_.contenders[lane.contender].settled = has_settled(medians);
    return {};
  }

  /// From now on the others are measured without it.
  void give_up(std::size_t index, const Error& error) {
    Lane& lane = lanes_[index];
    ContenderResult& result = result_.contenders[lane.contender];
    if (!lane.again) result.failure = error;
    if (lane.again || lane.contender == result_.reference) keep_noise();
    keep_blocks(lane);
    lanes_.erase(lanes_.begin() + static_cast<std::ptrdiff_t>(index));
  }

  void keep_blocks(const Lane& lane) {
    (lane.again ? result_.again_block_ms : result_.contenders[lane.contender].block_ms) = lane.block_ms;
  }

  /// What both of the reference have measured before one of them is left out.
  void keep_noise() {
    const Lane* reference = find_lane(false);
    const Lane* again = find_lane(true);
    if (reference == nullptr || again == nullptr) return;
    const std::size_t rounds = std::min(reference->block_ms.size(), again->block_ms.size());
    if (rounds == 0) return;
    result_.noise = paired_ratio(std::span(reference->block_ms).first(rounds), std::span(again->block_ms).first(rounds),
                                 BootstrapOptions{.seed = options_.seed});
  }

  const Lane* find_lane(bool again) const {
    const auto found = std::ranges::find_if(
        lanes_, [&](const Lane& lane) { return lane.contender == result_.reference && lane.again == again; });
    return found == lanes_.end() ? nullptr : &*found;
  }

  Status measure_rounds(const Progress& progress) {
    std::mt19937_64 random(options_.seed);
    const SteadyTime begin = clock_.now();
    for (bool done = false; !done;) {
      TRY(measure_round(random));
      ++result_.rounds;
      result_.measured = clock_.now() - begin;
      const bool over = result_.measured >= options_.budget || lanes_.empty();
      const bool look = result_.rounds >= kRoundsToDecide && result_.rounds % kRoundsBetweenLooks == 0;
      if (over || look) judge_pairs();
      done = over || (look && narrow_enough());
      if (progress) progress(std::min(1.0, std::chrono::duration<double>(result_.measured) / options_.budget));
    }
    return {};
  }

  /// A lane that fails is left out after the round, so that the others have a block each.
  Status measure_round(std::mt19937_64& random) {
    std::vector<std::pair<std::size_t, Error>> failed;
    for (const std::size_t index : random_order(lanes_.size(), random)) {
      TRY(check_cancelled());
      const Status ran = run_block(lanes_[index]);
      if (!ran) failed.emplace_back(index, ran.error());
    }
    std::ranges::sort(failed, std::greater<>(), &std::pair<std::size_t, Error>::first);
    for (const auto& [index, error] : failed) give_up(index, error);
    return {};
  }

  Status run_block(Lane& lane) {
    const Block block = TRY(lane.side->run_block(result_.block));
    lane.block_ms.push_back(std::max(block.median_ms, kShortestTimeMs));
    if (lane.again) return {};
    std::vector<double>& samples = result_.contenders[lane.contender].samples_ms;
    const std::size_t room = kMostSamples - std::min(kMostSamples, samples.size());
    samples.insert(samples.end(), block.samples_ms.begin(),
                   block.samples_ms.begin() + static_cast<std::ptrdiff_t>(std::min(room, block.samples_ms.size())));
    return {};
  }

  void judge_pairs() {
    std::vector<const Lane*> measured;
    for (const Lane& lane : lanes_) {
      if (!lane.again) measured.push_back(&lane);
    }
    BootstrapOptions bootstrap;
    bootstrap.seed = options_.seed;
    bootstrap.confidence = shared_confidence(measured.size() * (measured.size() - 1) / 2);
    result_.confidence = bootstrap.confidence;
    keep_noise();
    result_.margins = make_margins(options_.margin, result_.noise);
    result_.pairs.clear();
    for (std::size_t i = 0; i < measured.size(); ++i) {
      for (std::size_t j = i + 1; j < measured.size(); ++j) {
        const RatioInterval ratio = paired_ratio(measured[i]->block_ms, measured[j]->block_ms, bootstrap);
        result_.pairs.push_back({measured[i]->contender, measured[j]->contender, ratio, judge(ratio, result_.margins)});
      }
    }
  }

  bool narrow_enough() const {
    return is_narrow(result_.noise, options_.goal) && std::ranges::all_of(result_.pairs, [&](const PairResult& pair) {
             return is_narrow(pair.ratio, options_.goal);
           });
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

Result<Comparison> compare_sides(std::span<const Contender> contenders, Side& again,
                                 std::span<const std::vector<Tensor>> input_sets, const CompareOptions& options,
                                 const Clock& clock, const Progress& progress) {
  const bool any = std::ranges::any_of(contenders, [](const Contender& one) { return one.side != nullptr; });
  if (!any || input_sets.empty()) {
    return invalid_argument("a comparison needs at least one model and one set of inputs");
  }
  return Comparer(contenders, input_sets, options, clock).run(again, progress);
}

}  // namespace tandem::bench
