// SPDX-License-Identifier: Apache-2.0
// SequenceRow: what is known of one frame of a sequence after it was measured and judged.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "domains/carotid/decision.h"
#include "domains/carotid/measure.h"

namespace tandem::carotid {

struct SequenceRow {
  std::int64_t index = 0;
  std::chrono::nanoseconds time{0};
  std::string name;  // of the file; empty where there is none
  FrameMeasurement measurement;
  Decision decision;
  std::optional<double> true_cac;  // of a phantom
};

}  // namespace tandem::carotid
