// SPDX-License-Identifier: Apache-2.0
// What the variants of a model are worth: the task's metric on held-out examples, and how far they are from the
// original.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "app/optimize/optimize_data.h"
#include "base/error.h"
#include "engine/engine.h"
#include "optimize/parity.h"

namespace tandem::app {

/// One number of the task, from 0 to 1, larger is better.
struct TaskMetric {
  std::string name;  // "accuracy", "dice", "exact_match"
  double value = 0;
  std::size_t count = 0;  // of what it is a mean
};

struct VariantScore {
  std::vector<TaskMetric> metrics;  // empty where the examples say nothing of what is right
  optimize::Parity parity;          // with the first variant
};

/// Runs every variant on every example. The first is the original, which parity is held against; the names and the
/// order of outputs are the same in all. Errors: those of running; invalid_argument (outputs that do not fit the
/// config).
Result<std::vector<VariantScore>> score_variants(std::span<Session* const> variants, const ExampleSet& data,
                                                 const Pipeline* pipeline, const std::function<void(double)>& progress);

}  // namespace tandem::app
