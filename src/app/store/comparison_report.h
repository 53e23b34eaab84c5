// SPDX-License-Identifier: Apache-2.0
// Two models of a store held against each other, for people and as JSON.
#pragma once

#include <string>

#include "store/comparison.h"

namespace tandem::app {

struct ComparisonReport {
  std::string before;  // NAME@n
  std::string after;
  double threshold = 0.01;
  MetadataComparison comparison;
};

/// A table, then improvements and regressions by name, then what could not be judged and why.
std::string comparison_as_text(const ComparisonReport& report);
std::string comparison_as_json(const ComparisonReport& report);

}  // namespace tandem::app
