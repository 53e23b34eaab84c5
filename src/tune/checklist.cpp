// SPDX-License-Identifier: Apache-2.0
// Every plan is one lane, though several steps may share it; a step is the ratio of two lanes.
#include "tune/checklist.h"

#include <algorithm>
#include <random>

#include "bench/random_order.h"

namespace tandem::tune {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr nanoseconds kShortestChecklistBlock = milliseconds(10);
constexpr nanoseconds kLongestChecklistBlock = milliseconds(200);
constexpr int kChecklistRounds = 30;

struct ChecklistLane {
  PlanConfig plan;
  std::unique_ptr<Trial> trial;
  std::vector<double> costs;
  std::string problem;
};

class ChecklistMeasurer final {
 public:
  ChecklistMeasurer(std::span<const ChecklistStep> steps, const ChecklistOptions& options, const ChecklistTools& tools)
      : steps_(steps), options_(options), tools_(tools), random_(options.seed) {}

  Result<ChecklistResult> run() {
    for (const ChecklistStep& step : steps_) {
      if (step.before) open_lane(*step.before);
      if (step.after) open_lane(*step.after);
    }
    const auto first = std::ranges::find(lanes_, std::string(), &ChecklistLane::problem);
    if (first == lanes_.end()) {
      return fail(Code::kFailedPrecondition,
                  lanes_.empty() ? "there is no step that could be measured here" : lanes_[0].problem);
    }
    reference_ = static_cast<std::size_t>(first - lanes_.begin());
    lanes_.push_back(make_lane(first->plan));
    TRY(measure());
    judge();
    return std::move(result_);
  }

 private:
  ChecklistLane make_lane(const PlanConfig& plan) const {
    ChecklistLane lane;
    lane.plan = plan;
    auto trial = tools_.trials.open(plan, TrialPlace::kOwnProcess);
    if (trial) lane.trial = std::move(*trial);
    if (!trial) lane.problem = trial.error().message;
    warm_up(lane);
    return lane;
  }

  static void warm_up(ChecklistLane& lane) {
    if (!lane.problem.empty()) return;
    for (int i = 0; i < 2; ++i) {
      const auto block = lane.trial->run_block(kShortestChecklistBlock);
      if (block) continue;
      lane.problem = block.error().message;
      return;
    }
  }

  void open_lane(const PlanConfig& plan) {
    if (find_lane(plan) == lanes_.size()) lanes_.push_back(make_lane(plan));
  }

  std::size_t find_lane(const PlanConfig& plan) const {
    const auto found =
        std::ranges::find_if(lanes_, [&](const ChecklistLane& lane) { return same_way(lane.plan, plan); });
    return static_cast<std::size_t>(found - lanes_.begin());
  }

  std::vector<std::size_t> sound_lanes() const {
    std::vector<std::size_t> sound;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      if (lanes_[i].problem.empty()) sound.push_back(i);
    }
    return sound;
  }

  Status measure() {
    std::vector<std::size_t> order = sound_lanes();
    const auto share = options_.budget / static_cast<int>(order.size() * kChecklistRounds);
    const nanoseconds block = std::clamp(nanoseconds(share), kShortestChecklistBlock, kLongestChecklistBlock);
    const SteadyTime begin = tools_.clock.now();
    for (bool done = false; !done;) {
      bench::shuffle(order, random_);
      for (const std::size_t lane : order) {
        if (options_.cancelled && options_.cancelled()) return fail(Code::kCancelled, "the checklist was interrupted");
        run_block(lanes_[lane], block);
      }
      ++result_.rounds;
      const nanoseconds spent = tools_.clock.now() - begin;
      result_.measured_s = std::chrono::duration<double>(spent).count();
      const bool enough = result_.rounds >= bench::kRoundsToDecide;
      done = (enough && spent >= options_.budget) || spent >= 2 * options_.budget;
      if (tools_.progress) tools_.progress(std::min(1.0, std::chrono::duration<double>(spent) / options_.budget));
    }
    return {};
  }

  void run_block(ChecklistLane& lane, nanoseconds duration) const {
    if (!lane.problem.empty()) return;
    const auto block = lane.trial->run_block(duration);
    if (!block) lane.problem = block.error().message;
    if (block) lane.costs.push_back(block_cost(Goal::kThroughput, *block));
  }

  void judge() {
    const ChecklistLane& again = lanes_.back();
    if (again.problem.empty() && lanes_[reference_].problem.empty()) {
      result_.noise = bench::paired_ratio(lanes_[reference_].costs, again.costs, {});
    }
    result_.margins = bench::make_margins(options_.margin, result_.noise);
    const auto measured = std::ranges::count_if(steps_, [](const ChecklistStep& step) { return bool(step.after); });
    result_.confidence = bench::shared_confidence(static_cast<std::size_t>(measured));
    for (const ChecklistStep& step : steps_) result_.rows.push_back(judge_step(step));
  }

  ChecklistRow judge_step(const ChecklistStep& step) const {
    ChecklistRow row;
    row.step = step;
    if (!step.before || !step.after) return row;
    const ChecklistLane& before = lanes_[find_lane(*step.before)];
    const ChecklistLane& after = lanes_[find_lane(*step.after)];
    row.problem = before.problem.empty() ? after.problem : before.problem;
    if (!row.problem.empty()) return row;
    bench::BootstrapOptions bootstrap;
    bootstrap.confidence = result_.confidence;
    const bench::RatioInterval cost = bench::paired_ratio(before.costs, after.costs, bootstrap);
    row.verdict = bench::judge(cost, result_.margins);
    row.gain = bench::RatioInterval{1 / cost.estimate, 1 / cost.high, 1 / cost.low, cost.rounds};
    return row;
  }

  std::span<const ChecklistStep> steps_;
  const ChecklistOptions& options_;
  const ChecklistTools& tools_;
  std::mt19937_64 random_;
  std::vector<ChecklistLane> lanes_;  // the last one is the reference once more
  std::size_t reference_ = 0;
  ChecklistResult result_;
};

}  // namespace

Result<ChecklistResult> measure_checklist(std::span<const ChecklistStep> steps, const ChecklistOptions& options,
                                          const ChecklistTools& tools) {
  return ChecklistMeasurer(steps, options, tools).run();
}

}  // namespace tandem::tune
