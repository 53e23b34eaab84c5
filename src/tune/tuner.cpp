// SPDX-License-Identifier: Apache-2.0
// Probe, search, look around the best, prove.
#include "tune/tuner.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "tune/field.h"
#include "tune/pareto.h"
#include "tune/tournament.h"

namespace tandem::tune {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr double kSearchShare = 0.5;  // of the budget, until then
constexpr double kNearShare = 0.6;
constexpr double kMostOverrun = 3.0;  // of the budget, for a final of long runs
constexpr std::size_t kFinalists = 3;
constexpr std::size_t kRoundsAStage = 5;
constexpr std::size_t kFewestRounds = 2;
constexpr std::size_t kFinalRoundsWanted = 30;
constexpr std::size_t kRoundsBetweenLooks = 5;

struct BlockLimits {
  nanoseconds shortest;
  nanoseconds longest;
};
constexpr BlockLimits kSearchBlocks{milliseconds(5), milliseconds(250)};
constexpr BlockLimits kFinalBlocks{milliseconds(10), milliseconds(200)};

nanoseconds block_time(double seconds, std::size_t blocks, const BlockLimits& limits) {
  const double each = std::max(0.0, seconds) / static_cast<double>(std::max<std::size_t>(1, blocks));
  return std::clamp(nanoseconds(static_cast<std::int64_t>(each * 1e9)), limits.shortest, limits.longest);
}

class Tuner final {
 public:
  Tuner(const SearchSpace& space, const TuneOptions& options, const TuneTools& tools)
      : space_(space), options_(options), field_(space, options, tools) {}

  Result<TuneResult> run() {
    TRY(field_.admit(first_candidates(space_)));
    if (!field_.failure(0).empty()) {
      return fail(Code::kFailedPrecondition,
                  fmt::format("the model does not run as it is, with {}: {}", space_.engines[0], field_.failure(0)));
    }
    std::vector<std::size_t> best = TRY(search(field_.usable(), "search", kSearchShare));
    best = TRY(look_around(std::move(best)));
    TRY(prove(best));
    finish();
    return std::move(result_);
  }

 private:
  /// Halves them until few are left, best first. Until `share` of the budget is spent.
  Result<std::vector<std::size_t>> search(const std::vector<std::size_t>& candidates, const std::string& phase,
                                          double share) {
    if (candidates.empty()) return std::vector<std::size_t>{};
    Tournament tournament(candidates.size(), kFinalists);
    do {
      const double left_s = share * field_.budget_s() - field_.spent_s();
      const auto stages = static_cast<double>(std::max<std::size_t>(1, tournament.stages_left()));
      TRY(run_stage(candidates, phase, left_s / stages, tournament));
      tournament.close_stage();
    } while (!tournament.over());
    note_ratios(candidates, tournament);
    std::vector<std::size_t> ranking;
    for (const std::size_t at : tournament.ranking()) ranking.push_back(candidates[at]);
    ranking.resize(std::min(ranking.size(), kFinalists));
    return ranking;
  }

  /// Against the default; where that was not measured with them, by way of the first, whose ratio is known.
  void note_ratios(const std::vector<std::size_t>& candidates, const Tournament& tournament) {
    const auto found = std::ranges::find(candidates, std::size_t{0});
    const std::size_t base = found == candidates.end() ? 0 : static_cast<std::size_t>(found - candidates.begin());
    const double base_ratio = field_[candidates[base]].ratio;
    for (std::size_t at = 0; at < candidates.size(); ++at) {
      field_.candidates()[candidates[at]].ratio = base_ratio * tournament.ratio(at, base);
    }
  }

  Status run_stage(const std::vector<std::size_t>& candidates, const std::string& phase, double seconds,
                   Tournament& tournament) {
    std::vector<std::size_t> lanes;
    for (const std::size_t at : tournament.alive()) lanes.push_back(candidates[at]);
    const double end_s = field_.spent_s() + seconds;
    const nanoseconds block = block_time(seconds, lanes.size() * kRoundsAStage, kSearchBlocks);
    for (std::size_t i = 0; i < kRoundsAStage && (i < kFewestRounds || field_.spent_s() < end_s); ++i) {
      const LoggedRound round = TRY(field_.measure_round(phase, lanes, block));
      std::vector<double> costs;
      for (std::size_t at = 0; at < lanes.size(); ++at) costs.push_back(field_.cost_of(lanes[at], round.blocks[at]));
      tournament.add_round(costs);
    }
    return {};
  }

  /// The best few, with what is near the best of them.
  Result<std::vector<std::size_t>> look_around(std::vector<std::size_t> best) {
    if (best.empty()) return best;
    std::vector<Candidate> near;
    for (Candidate& candidate : variations(field_[best[0]].candidate, space_)) {
      if (!field_.knows(candidate.plan)) near.push_back(std::move(candidate));
    }
    const std::size_t first = field_.candidates().size();
    TRY(field_.admit(std::move(near)));
    const std::vector<std::size_t> found = field_.usable(first);
    if (found.empty()) return best;
    best.insert(best.end(), found.begin(), found.end());
    return search(best, "near", kNearShare);
  }

  /// Defaults first, for they are what a plan must beat; then the best.
  void choose_finalists(const std::vector<std::size_t>& best) {
    std::vector<std::size_t>& lanes = result_.lanes;
    for (std::size_t i = 0; i < field_.candidates().size(); ++i) {
      if (field_[i].candidate.as_it_is && field_.failure(i).empty()) lanes.push_back(i);
    }
    for (const std::size_t i : best) {
      if (std::ranges::find(lanes, i) == lanes.end() && field_.failure(i).empty()) lanes.push_back(i);
    }
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) field_.candidates()[lanes[lane]].final_lane = lane;
  }

  Status prove(const std::vector<std::size_t>& best) {
    choose_finalists(best);
    std::vector<FinalLane> lanes;
    for (const std::size_t i : result_.lanes) {
      lanes.push_back(
          {field_[i].candidate.name(), field_[i].candidate.as_it_is, true, oddity(field_[i].candidate), {}});
    }
    std::vector<std::size_t> measured = result_.lanes;
    measured.push_back(field_.again());
    std::vector<double> again;
    const double left_s = field_.budget_s() - field_.spent_s();
    const nanoseconds block = block_time(left_s, measured.size() * kFinalRoundsWanted, kFinalBlocks);
    for (bool done = false; !done;) {
      const LoggedRound round = TRY(field_.measure_round(kFinalPhase, measured, block));
      for (std::size_t i = 0; i < measured.size(); ++i) {
        const LoggedBlock& logged = round.blocks[i];
        if (!logged.problem.empty()) {
          return fail(Code::kInternal, fmt::format("{} stopped to run: {}", round.lanes[i], logged.problem));
        }
        (i + 1 == measured.size() ? again : lanes[i].costs).push_back(block_cost(space_.goal, logged.block));
      }
      ++result_.final_rounds;
      done = decide(lanes, again);
    }
    return {};
  }

  /// Whether the final is over.
  bool decide(std::vector<FinalLane>& lanes, const std::vector<double>& again) {
    const bool enough = result_.final_rounds >= bench::kRoundsToDecide;
    const bool over =
        (enough && field_.spent_s() >= field_.budget_s()) || field_.spent_s() >= kMostOverrun * field_.budget_s();
    if (!over && !(enough && result_.final_rounds % kRoundsBetweenLooks == 0)) return false;
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      field_.check_limits(result_.lanes[i]);
      lanes[i].may_win = field_[result_.lanes[i]].left_out.empty();
    }
    result_.decision = decide_final(lanes, again, options_.margin);
    return over || result_.decision.narrow(options_.narrow);
  }

  void finish() {
    field_.describe_all();
    result_.candidates = std::move(field_.candidates());
    result_.spent_s = field_.spent_s();
    result_.replayed_s = field_.replayed_s();
    if (result_.decision.chosen) result_.chosen = result_.lanes[*result_.decision.chosen];
    for (const FinalRow& row : result_.decision.rows) {
      result_.candidates[result_.lanes[row.lane]].ratio = row.ratio.estimate;
    }
    std::vector<ParetoPoint> points;
    for (std::size_t i = 0; i < result_.candidates.size(); ++i) {
      const CandidateResult& mine = result_.candidates[i];
      if (mine.rounds == 0) continue;
      result_.ranking.push_back(i);
      if (mine.left_out.empty()) points.push_back({i, mine.items_per_second, mine.p95_ms});
    }
    std::ranges::stable_sort(result_.ranking, {}, [&](std::size_t i) {
      return std::tuple(!result_.candidates[i].final_lane.has_value(), result_.candidates[i].ratio);
    });
    for (const std::size_t i : pareto_front(points)) result_.candidates[i].on_front = true;
  }

  const SearchSpace& space_;
  const TuneOptions& options_;
  Field field_;
  TuneResult result_;
};

}  // namespace

Result<TuneResult> tune_model(const SearchSpace& space, const TuneOptions& options, const TuneTools& tools) {
  if (space.engines.empty()) return invalid_argument("there is no engine that could run the model");
  return Tuner(space, options, tools).run();
}

}  // namespace tandem::tune
