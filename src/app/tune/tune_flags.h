// SPDX-License-Identifier: Apache-2.0
// TuneFlags: what `tandem tune` is told: goal, time, limits, what to try, on which data.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "app/command.h"
#include "tune/search_space.h"
#include "tune/tuner.h"

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct TuneFlags {
  std::string model;
  std::string store = "models";
  std::string goal = "throughput";
  double seconds = 60;
  std::vector<std::string> engines;   // empty: all that can be used here
  std::vector<std::string> variants;  // empty: those beside the model, as `tandem optimize` names them
  std::vector<std::string> dims;      // NAME=SIZE
  int threads = 0;
  int instances = 0;
  std::optional<double> max_latency_ms;
  std::optional<double> max_memory_mb;
  std::optional<double> min_accuracy;
  std::vector<std::string> data;
  std::size_t data_count = 200;
  std::vector<std::string> calibrate;  // for the checklist's static quantization
  double tolerance = 1e-3;
  bool resume = false;
  bool no_write = false;
  bool checklist = false;
  std::string page;  // --html

  void add_to(CLI::App& verb);
  tune::Goal wanted_goal() const { return goal == "latency" ? tune::Goal::kLatency : tune::Goal::kThroughput; }
  tune::Limits limits() const;
};

}  // namespace tandem::app
