// SPDX-License-Identifier: Apache-2.0
// Checklist: the optimization steps that seed documents recommend, each measured by itself on this model (R3.7).
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "bench/measure.h"
#include "bench/paired_ratio.h"
#include "tune/trial.h"

namespace tandem::tune {

/// One step: the model before it and after it; everything else is the same in both.
struct ChecklistStep {
  std::string name;      // "graph optimization"
  std::string change;    // "none -> all"
  std::string expected;  // what the documents say: "1.5-2x"; "": nothing
  std::optional<PlanConfig> before;
  std::optional<PlanConfig> after;
  std::string not_here;  // why it cannot be measured here; then there are no plans
  std::string answers;   // what became of the answers: "accuracy 0.97 of 200 (as it is 0.98)"
};

struct ChecklistRow {
  ChecklistStep step;
  std::optional<bench::RatioInterval> gain;  // how many times as fast it became; nothing: not measured
  bench::PairVerdict verdict = bench::PairVerdict::kUndecided;  // second: it became faster
  std::string problem;                                          // why it does not run
};

struct ChecklistResult {
  std::vector<ChecklistRow> rows;
  bench::RatioInterval noise;  // of the first plan against another process of the same
  bench::Margins margins;
  double confidence = 0.95;  // of each interval, so that all together have 95 %
  std::size_t rounds = 0;
  double measured_s = 0;
};

struct ChecklistOptions {
  std::chrono::nanoseconds budget = std::chrono::seconds(60);
  double margin = 0.03;
  std::uint64_t seed = 20261121;
  std::function<bool()> cancelled = {};
};

struct ChecklistTools {
  TrialMaker& trials;
  const Clock& clock;
  bench::Progress progress = {};
};

/// Measures every plan of every step in turns, each in a process of its own: an item's time, with all instances busy.
/// What does not run is said in its rows. The first step that can run is measured against itself, too, for the noise.
/// Errors: cancelled; failed_precondition (nothing runs)
Result<ChecklistResult> measure_checklist(std::span<const ChecklistStep> steps, const ChecklistOptions& options,
                                          const ChecklistTools& tools);

/// What a table is headed with.
struct ChecklistHead {
  std::string model;
  std::string machine;
  std::string inputs;
  std::string data;  // that accuracy was measured on; "": on nothing
};

std::string checklist_as_text(const ChecklistHead& head, const ChecklistResult& result);
/// Units end the keys' names.
std::string checklist_as_json(const ChecklistHead& head, const ChecklistResult& result);

}  // namespace tandem::tune
