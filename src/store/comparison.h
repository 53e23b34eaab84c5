// SPDX-License-Identifier: Apache-2.0
// Two versions or models held against each other by what their metadata says (R1.5): what got better, what worse.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tandem {

enum class Verdict {
  kImproved,
  kRegressed,
  kSame,       // the difference is below the threshold, or within the spread of the runs
  kNotJudged,  // it is on one side only, nothing says which way is better, or the conditions differ (see remarks)
};
/// "improved", "regressed", "same" or "not judged".
std::string_view verdict_name(Verdict verdict);

/// One number of both documents.
struct MetricComparison {
  std::string group;   // "accuracy", "speed", "size" or "memory"
  std::string metric;  // "artery_dice_mean"; levels are joined by '.'
  std::optional<double> before;
  std::optional<double> after;
  Verdict verdict = Verdict::kNotJudged;

  /// after - before; absent when one is.
  std::optional<double> difference() const;
  /// The difference as a share of |before|; absent also where that is 0.
  std::optional<double> relative() const;
};

struct MetadataComparison {
  std::vector<MetricComparison> metrics;  // group by group, in the order of the documents
  std::vector<std::string> remarks;       // why a group was not judged, or must be read with care
};

struct ComparisonOptions {
  double threshold = 0.01;  // a smaller share of the value before is no difference
};

/// Pure. before, after: metadata documents (JSON objects; what the members mean is in docs/formats/store.md).
/// Accuracy is judged only where data set, split and count are the same, times only where machine, threads and batch
/// are, memory only where the method is.
/// Errors: invalid_argument (a document is no JSON object).
Result<MetadataComparison> compare_metadata(std::string_view before, std::string_view after,
                                            const ComparisonOptions& options = {});

/// The one number that stands for a model in a table: its first metric of which more is better.
struct HeadlineAccuracy {
  std::string metric;
  double value = 0;
  std::string dataset;                 // "" when the metadata does not say
  std::optional<std::uint64_t> count;  // of what was measured on
};
/// Nothing for a document without one.
std::optional<HeadlineAccuracy> headline_accuracy(std::string_view metadata);

}  // namespace tandem
