// SPDX-License-Identifier: Apache-2.0
// CompareReport: a comparison for people and as JSON: answers, times, differences, what to use (R0.9).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/compare.h"
#include "core/model_info.h"

namespace tandem::bench {

/// What who loaded a contender knows of it, and its session does not.
struct ComparedModel {
  std::string engine;   // "onnxruntime 1.31.1"
  std::string model;    // the file
  std::string options;  // what its session says was really chosen
  double load_ms = 0;
};

/// Where the contenders ran.
enum class Processes {
  kShared,   // sessions of this process
  kOneEach,  // each in a process of its own
};

struct CompareReport {
  std::vector<ComparedModel> models;  // as comparison.contenders
  std::string inputs;                 // of describe_inputs
  double tolerance = 0;
  double budget_s = 0;
  Processes processes = Processes::kShared;
  Comparison comparison;
};

/// "8 input sets in turns, input: float32[1,3,128,128]". sets: at least one, each in the order of info.inputs
std::string describe_inputs(const ModelInfo& info, std::span<const std::vector<Tensor>> sets);

/// One sentence: what to use, and why.
std::string recommend(const CompareReport& report);

/// For a terminal; ends with the recommendation and the machine line.
std::string report_as_text(const CompareReport& report);
/// One JSON document; units end the keys' names.
std::string report_as_json(const CompareReport& report);
/// {"contenders": [{"name", "samples_ms": [...]}]} with the machine.
std::string samples_as_json(const CompareReport& report);

}  // namespace tandem::bench
