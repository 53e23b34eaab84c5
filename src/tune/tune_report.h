// SPDX-License-Identifier: Apache-2.0
// TuneReport: what a search found, for people, as JSON and as a page: a table, the front, what to use and why.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "tune/tuner.h"

namespace tandem::tune {

struct TuneReport {
  std::string model;
  std::string machine;
  std::string inputs;                          // "input: float32[1,1,8,8]"
  std::string data;                            // what accuracy was measured on; "" when on nothing
  std::map<std::string, std::string> engines;  // versions by name
  Goal goal = Goal::kThroughput;
  double budget_s = 0;
  Limits limits;
  TuneResult result;
  std::string outcome;             // what was done with the config: "written to FILE"
  std::vector<std::string> notes;  // what else one should know: variants that were not tried
};

/// One sentence: what to use, and what that was shown to bring.
std::string recommend_plan(const TuneReport& report);

/// "1.42x faster [1.38, 1.47]", "0.7x", "as it is": a candidate against what runs without a plan.
std::string gain_text(const TuneReport& report, std::size_t candidate);

std::string tune_as_text(const TuneReport& report);
/// Units end the keys' names.
std::string tune_as_json(const TuneReport& report);
/// One page that needs nothing else: the table, and items a second against time of a run.
std::string tune_as_page(const TuneReport& report);

}  // namespace tandem::tune
