// SPDX-License-Identifier: Apache-2.0
// OptimizeReport: a model before and after: size, speed, what it is worth; for people and as JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/optimize/optimize_score.h"
#include "bench/compare.h"

namespace tandem::app {

/// One variant; the first row is the original.
struct OptimizeRow {
  std::string label;      // "original", "fp16"
  std::string precision;  // "fp32"
  std::string about;      // what was done to it
  std::uint64_t bytes = 0;
  std::uint64_t compressed_bytes = 0;        // by zlib, as .zip archives and package managers would send it
  std::optional<bench::RatioInterval> time;  // of one run / of one run of the original; nothing for the original
  bench::PairVerdict verdict = bench::PairVerdict::kUndecided;
  double p50_ms = 0;
  std::size_t runs = 0;
  VariantScore score;

  /// The interval lies beyond the margin on the wrong side.
  bool slower() const { return time.has_value() && verdict == bench::PairVerdict::kFirstFaster; }
};

struct OptimizeReport {
  std::string model;
  std::string engine;       // "onnxruntime 1.31.1: cpu, 2 threads, ..."
  int threads = 0;          // of one run
  std::string calibration;  // "" when nothing was calibrated
  std::string data;         // what metrics and differences are of; "" when on random inputs
  std::vector<OptimizeRow> rows;
  bench::RatioInterval noise;
  double confidence = 0.95;
  std::chrono::nanoseconds measured{0};
  std::vector<std::string> written;  // files, and names in the store
  std::string refused;               // why nothing was written; "" when something was, or nothing was asked for
};

/// Why nothing may be written: an int8 variant that is slower than the original. "" when it may.
std::string why_refused(const std::vector<OptimizeRow>& rows);

/// "1.31x faster [1.25, 1.38]", "equivalent [...]", "undecided [...]".
std::string speed_text(const OptimizeRow& row);

std::string optimize_as_text(const OptimizeReport& report);
/// Units end the keys' names.
std::string optimize_as_json(const OptimizeReport& report);

}  // namespace tandem::app
