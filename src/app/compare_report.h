// SPDX-License-Identifier: Apache-2.0
// CompareReport: a comparison for people and as JSON: answers, times, differences, what to use (R0.9).
#pragma once

#include <string>
#include <vector>

#include "bench/compare.h"

namespace tandem::app {

/// What the command knows of one contender, and bench does not.
struct ComparedModel {
  std::string engine;   // "onnxruntime 1.31.1"
  std::string model;    // the file
  std::string options;  // what its session says was really chosen
  double load_ms = 0;
};

struct CompareReport {
  std::vector<ComparedModel> models;  // as comparison.contenders
  std::string inputs;                 // "8 sets of input: float32[1,3,128,128]"
  double tolerance = 0;
  double budget_s = 0;
  bench::Comparison comparison;
};

/// One sentence: what to use, and why.
std::string recommend(const CompareReport& report);

/// For a terminal; ends with the recommendation and the machine line.
std::string report_as_text(const CompareReport& report);
/// One JSON document; units end the keys' names.
std::string report_as_json(const CompareReport& report);
/// {"contenders": [{"name", "samples_ms": [...]}]} with the machine.
std::string samples_as_json(const CompareReport& report);

}  // namespace tandem::app
