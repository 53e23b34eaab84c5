// SPDX-License-Identifier: Apache-2.0
// BenchReport: everything one measurement says, for people and as JSON (R1.6, R3.5).
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "bench/measure.h"

namespace tandem::app {

struct BenchReport {
  std::string model;
  std::string engine;   // "onnxruntime 1.31.1"
  std::string options;  // what the session says was really chosen
  std::string plan;     // that was followed: "openvino 2x1, batch 8"; "": none
  std::string inputs;   // "input: float32[1,1,8,8]"
  std::int64_t batch = 1;
  int instances = 1;  // runs at the same time
  std::size_t warmup_runs = 0;
  double load_ms = 0;
  std::uint64_t resident_before_load_bytes = 0;
  std::uint64_t resident_after_load_bytes = 0;
  std::uint64_t resident_after_runs_bytes = 0;
  std::uint64_t peak_resident_bytes = 0;
  bench::Measurement measurement;
};

/// For a terminal; ends with the machine line and a histogram.
std::string report_as_text(const BenchReport& report);
/// One JSON document; units end the keys' names. A percentile without samples enough is null.
std::string report_as_json(const BenchReport& report);
/// {"samples_ms": [...]}, with model, engine and machine.
std::string samples_as_json(const BenchReport& report);

}  // namespace tandem::app
