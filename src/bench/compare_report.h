// SPDX-License-Identifier: Apache-2.0
// CompareReport: a comparison for people and as JSON: answers, times, differences, what to use (R0.9).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/machine_watch.h"
#include "bench/compare.h"
#include "bench/process/contender_process.h"
#include "core/model_info.h"

namespace tandem::bench {

/// What who loaded a contender knows of it, and its session does not.
struct ComparedModel {
  std::string engine;   // "onnxruntime 1.31.1"
  std::string model;    // the file
  std::string options;  // what its session says was really chosen
  double load_ms = 0;
  std::uint64_t file_bytes = 0;          // of the model; 0: not known
  std::optional<MemoryUse> memory = {};  // of its process, when it has one of its own
};

/// Of one in a process of its own; memory is that after loading.
ComparedModel describe_contender(const LoadedContender& loaded);

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
  std::string conditions;             // threads and cores of all
  std::vector<std::string> warnings;  // whole sentences: what makes the comparison unfair, or explains its answers
  std::string disturbance;            // what disturbed the machine meanwhile; "": not known
  std::vector<MachineFact> machine_facts;
  Comparison comparison;
};

/// "8 input sets in turns, input: float32[1,3,128,128]". sets: at least one, each in the order of info.inputs
std::string describe_inputs(const ModelInfo& info, std::span<const std::vector<Tensor>> sets);

/// "each in a process of its own, of which one runs at a time"
std::string_view describe_processes(Processes processes);

/// "agree", "DIFFER", "the reference", "does not run", "does not repeat its own"
std::string_view answer_verdict(const CompareReport& report, std::size_t index);

/// About how many seconds more the measuring should take; nothing when it is decided, or cannot be told.
std::optional<double> seconds_missing(const Comparison& comparison);

/// One sentence: what to use, and why.
std::string recommend(const CompareReport& report);

/// For a terminal; ends with the recommendation and the machine line.
std::string report_as_text(const CompareReport& report);
/// One JSON document; units end the keys' names.
std::string report_as_json(const CompareReport& report);
/// {"contenders": [{"name", "samples_ms": [...], "block_ms": [...]}], "again_block_ms": [...]} with all that is known
/// of the machine: enough to judge anew.
std::string samples_as_json(const CompareReport& report);

}  // namespace tandem::bench
