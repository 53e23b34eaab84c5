// SPDX-License-Identifier: Apache-2.0
// Answers, one probe, rounds. Time counts as the log says it was spent, so that replaying decides alike.
#include "tune/field.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/random_order.h"
#include "bench/statistics.h"

namespace tandem::tune {
namespace {

using std::chrono::nanoseconds;

constexpr double kLongestRunShare = 1.0 / 60;  // of the budget: a longer run cannot be measured often enough
constexpr const char* kTooLong = "a run takes more than a sixtieth of --seconds: it could not be measured often enough";
constexpr nanoseconds kProbe = std::chrono::milliseconds(1);
constexpr std::size_t kBlocksForP95 = 3;

}  // namespace

Field::Field(const SearchSpace& space, const TuneOptions& options, const TuneTools& tools)
    : space_(space),
      options_(options),
      tools_(tools),
      budget_s_(std::chrono::duration<double>(options.budget).count()),
      random_(options.seed) {}

Status Field::admit(std::vector<Candidate> candidates) {
  const std::size_t first = candidates_.size();
  for (Candidate& candidate : candidates) {
    candidates_.emplace_back().candidate = std::move(candidate);
    runners_.emplace_back();
  }
  for (std::size_t i = first; i < candidates_.size(); ++i) {
    check_answers(i);
    if (!candidates_[i].left_out.empty()) continue;
    if (is_longer_than_one_too_long(i)) {
      candidates_[i].left_out = kTooLong;
      continue;
    }
    TRY(probe(i));
  }
  return {};
}

void Field::check_answers(std::size_t index) {
  CandidateResult& mine = candidates_[index];
  Runner& runner = runners_[index];
  for (std::size_t i = 0; i < index; ++i) {
    if (!same_answers(candidates_[i].candidate.plan, mine.candidate.plan) || candidates_[i].answers.empty()) continue;
    mine.answers = candidates_[i].answers;
    mine.left_out = runner.wrong_answers = runners_[i].wrong_answers;
    return;
  }
  const auto verdict = tools_.check_answers(mine.candidate.plan);
  mine.answers = verdict ? verdict->text : verdict.error().message;
  if (!verdict) {
    runner.failure = verdict.error().message;
    runner.wrong_answers = fmt::format("it does not run: {}", verdict.error().message);
  } else if (!verdict->admitted) {
    runner.wrong_answers = verdict->text;
  }
  mine.left_out = runner.wrong_answers;
}

bool Field::is_longer_than_one_too_long(std::size_t index) const {
  const PlanConfig& plan = candidates_[index].candidate.plan;
  return std::ranges::any_of(too_long_, [&](const PlanConfig& known) {
    return same_answers(known, plan) && known.threads == plan.threads && known.instances == plan.instances &&
           known.batch < plan.batch;
  });
}

Status Field::probe(std::size_t index) {
  const LoggedRound round = TRY(measure_round("probe", std::vector<std::size_t>{index}, kProbe));
  const LoggedBlock& block = round.blocks[0];
  CandidateResult& mine = candidates_[index];
  if (!block.problem.empty()) {
    mine.left_out = fmt::format("it does not run: {}", block.problem);
    return {};
  }
  const double run_ms = block.block.quantiles_ms.front();
  if (run_ms > 1000 * kLongestRunShare * budget_s_ && !mine.candidate.as_it_is) {
    too_long_.push_back(mine.candidate.plan);
    mine.left_out = kTooLong;
  }
  if (options_.limits.max_latency_ms && run_ms > *options_.limits.max_latency_ms) {
    mine.left_out = fmt::format("a run takes {:.3g} ms, more than --max-latency-ms", run_ms);
  }
  return mine.left_out.empty() ? measure_memory(index) : Status{};
}

/// Where memory counts, one run in a process of its own, which ends at once: many of them would take much together.
Status Field::measure_memory(std::size_t index) {
  if (!options_.limits.max_memory_bytes) return {};
  CandidateResult& mine = candidates_[index];
  auto alone = tools_.trials.open(mine.candidate.plan, TrialPlace::kOwnProcess);
  const auto ran = alone ? (*alone)->run_block(kProbe) : Result<Block>(fail(alone.error()));
  if (!ran) mine.left_out = fmt::format("it does not run: {}", ran.error().message);
  if (ran) mine.memory_bytes = (*alone)->memory_bytes();
  check_memory(index);
  return {};
}

void Field::check_memory(std::size_t index) {
  CandidateResult& mine = candidates_[index];
  if (runners_[index].proof) mine.memory_bytes = runners_[index].proof->memory_bytes();
  if (!options_.limits.max_memory_bytes || !mine.memory_bytes || !mine.left_out.empty()) return;
  if (*mine.memory_bytes > *options_.limits.max_memory_bytes) {
    mine.left_out =
        fmt::format("it takes {:.0f} MB, more than --max-memory-mb", static_cast<double>(*mine.memory_bytes) / 1e6);
  }
}

void Field::check_limits(std::size_t index) {
  check_memory(index);
  CandidateResult& mine = candidates_[index];
  if (mine.left_out.empty() && too_slow(index)) {
    mine.left_out = fmt::format("p95 is {:.3g} ms, more than --max-latency-ms", p95_of(index));
  }
}

Result<Trial*> Field::trial_of(std::size_t index, TrialPlace place) {
  const bool is_again = index == again();
  const bool alone = place == TrialPlace::kOwnProcess;
  std::unique_ptr<Trial>& trial = is_again ? again_ : (alone ? runners_[index].proof : runners_[index].trial);
  if (!trial) trial = TRY(tools_.trials.open(candidates_[is_again ? 0 : index].candidate.plan, place));
  return trial.get();
}

LoggedBlock Field::run_block(std::size_t index, TrialPlace place, nanoseconds duration) {
  LoggedBlock logged;
  const auto trial = trial_of(index, place);
  auto block = trial ? (*trial)->run_block(duration) : Result<Block>(fail(trial.error()));
  if (block && (block->quantiles_ms.empty() || block->seconds <= 0)) block = fail(Code::kInternal, "it took no time");
  if (block) {
    logged.block = std::move(*block);
  } else {
    logged.problem = block.error().message.empty() ? "it failed" : block.error().message;
  }
  return logged;
}

Status Field::measure_now(const std::vector<std::size_t>& lanes, nanoseconds block, LoggedRound& round) {
  round.blocks.resize(lanes.size());
  const TrialPlace place = round.phase == kFinalPhase ? TrialPlace::kOwnProcess : TrialPlace::kShared;
  const SteadyTime begin = tools_.clock.now();
  for (const std::size_t at : bench::random_order(lanes.size(), random_)) {
    if (options_.cancelled && options_.cancelled()) return fail(Code::kCancelled, "the search was interrupted");
    round.blocks[at] = run_block(lanes[at], place, block);
  }
  round.elapsed_s = std::chrono::duration<double>(tools_.clock.now() - begin).count();
  return tools_.log.append(round);
}

Result<LoggedRound> Field::measure_round(const std::string& phase, const std::vector<std::size_t>& lanes,
                                         nanoseconds block) {
  LoggedRound round;
  round.phase = phase;
  for (const std::size_t lane : lanes) {
    round.lanes.push_back(lane == again() ? "again" : candidates_[lane].candidate.name());
  }
  if (const LoggedRound* logged = tools_.log.replay(phase, round.lanes)) {
    round = *logged;
    replayed_s_ += round.elapsed_s;
  } else {
    TRY(measure_now(lanes, block, round));
  }
  spent_s_ += round.elapsed_s;
  for (std::size_t i = 0; i < lanes.size(); ++i) note_block(round, lanes[i], round.blocks[i]);
  if (tools_.progress) tools_.progress(std::min(1.0, spent_s_ / budget_s_));
  return round;
}

void Field::note_block(const LoggedRound& round, std::size_t lane, const LoggedBlock& block) {
  if (lane == again()) return;
  Runner& runner = runners_[lane];
  if (!block.problem.empty()) {
    runner.failure = block.problem;
    return;
  }
  if (round.phase != "probe") runner.blocks.push_back(block.block);
  Trial* trial = runner.proof ? runner.proof.get() : runner.trial.get();
  if (trial != nullptr) candidates_[lane].session = trial->describe();
}

double Field::p95_of(std::size_t index) const {
  std::vector<double> pooled;
  for (const Block& block : runners_[index].blocks) {
    pooled.insert(pooled.end(), block.quantiles_ms.begin(), block.quantiles_ms.end());
  }
  std::sort(pooled.begin(), pooled.end());
  return pooled.empty() ? 0 : bench::percentile(pooled, 0.95);
}

bool Field::too_slow(std::size_t index) const {
  return options_.limits.max_latency_ms && runners_[index].blocks.size() >= kBlocksForP95 &&
         p95_of(index) > *options_.limits.max_latency_ms;
}

double Field::cost_of(std::size_t index, const LoggedBlock& block) const {
  return block.problem.empty() && !too_slow(index) ? block_cost(space_.goal, block.block) : INFINITY;
}

bool Field::knows(const PlanConfig& plan) const {
  return std::ranges::any_of(candidates_,
                             [&](const CandidateResult& other) { return same_way(other.candidate.plan, plan); });
}

std::vector<std::size_t> Field::usable(std::size_t first) const {
  std::vector<std::size_t> indices;
  for (std::size_t i = first; i < candidates_.size(); ++i) {
    if (candidates_[i].left_out.empty()) indices.push_back(i);
  }
  return indices;
}

void Field::describe_all() {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    CandidateResult& mine = candidates_[i];
    const std::vector<Block>& blocks = runners_[i].blocks;
    mine.rounds = blocks.size();
    check_limits(i);
    if (blocks.empty()) continue;
    std::vector<double> rates, medians;
    for (const Block& block : blocks) {
      rates.push_back(static_cast<double>(block.items) / block.seconds);
      medians.push_back(bench::percentile(block.quantiles_ms, 0.5));
    }
    std::sort(rates.begin(), rates.end());
    std::sort(medians.begin(), medians.end());
    mine.items_per_second = bench::percentile(rates, 0.5);
    mine.p50_ms = bench::percentile(medians, 0.5);
    mine.p95_ms = p95_of(i);
  }
}

}  // namespace tandem::tune
