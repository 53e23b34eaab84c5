// SPDX-License-Identifier: Apache-2.0
// tune_model: finds the best way to run a model within a time: a search that halves, then a final that must prove it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "bench/measure.h"
#include "tune/final_decision.h"
#include "tune/round_log.h"
#include "tune/search_space.h"
#include "tune/trial.h"

namespace tandem::tune {

/// What a plan must keep to, however fast it is.
struct Limits {
  std::optional<double> max_latency_ms;  // p95 of a run, with all instances busy
  std::optional<std::uint64_t> max_memory_bytes;
};

/// Whether answers are good enough, in words.
struct AnswerVerdict {
  bool admitted = true;
  std::string text;  // "equal to the model's as it is", "accuracy 0.91 of 200, below 0.95"
};
/// Asked once for each kind of answers (same_answers). Errors: it does not run; then it is left out.
using CheckAnswers = std::function<Result<AnswerVerdict>(const PlanConfig&)>;

struct TuneOptions {
  std::chrono::nanoseconds budget = std::chrono::seconds(60);
  Limits limits;
  double margin = 0.03;  // smaller differences do not count
  double narrow = 0.02;  // the final ends when every interval is within +- this
  std::uint64_t seed = 20261121;
  std::function<bool()> cancelled = {};  // asked between two blocks
};

/// What became of one candidate.
struct CandidateResult {
  Candidate candidate;
  std::string session;     // what was really chosen; "" when it never ran
  std::string left_out;    // why it was not measured, or may not win; "" when it may
  std::string answers;     // AnswerVerdict::text
  std::size_t rounds = 0;  // measured, without probing
  double items_per_second = 0;
  double p50_ms = 0;  // of one run
  double p95_ms = 0;
  std::optional<std::uint64_t> memory_bytes;
  std::optional<std::size_t> final_lane;  // nothing: it left before
  double ratio = 1;                       // its cost against the default's; of the search where it was not in the final
  bool on_front = false;                  // nothing else that may win has both more items a second and a lower p95
};

struct TuneResult {
  std::vector<CandidateResult> candidates;  // the first is what runs without a plan; then as they were tried
  std::vector<std::size_t> ranking;         // of those that were measured, best first
  std::vector<std::size_t> lanes;           // of the final: which candidate each is
  FinalDecision decision;
  std::optional<std::size_t> chosen;  // a candidate; nothing: the default stays
  std::size_t final_rounds = 0;
  double spent_s = 0;     // of measuring and loading, that of an interrupted search before it included
  double replayed_s = 0;  // of that, what was read from the log
};

/// Everything the search needs from outside. All outlive the call.
struct TuneTools {
  TrialMaker& trials;
  CheckAnswers check_answers;
  RoundLog& log;
  const Clock& clock;
  bench::Progress progress = {};
};

/// Call it with the same space, options and log after an interruption, and it goes on.
/// Errors: cancelled (all measured rounds are in the log); those of the default, when that does not run; of the log.
Result<TuneResult> tune_model(const SearchSpace& space, const TuneOptions& options, const TuneTools& tools);

}  // namespace tandem::tune
