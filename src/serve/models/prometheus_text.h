// SPDX-License-Identifier: Apache-2.0
// PrometheusText: writes the text exposition format, version 0.0.4.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "serve/models/histogram.h"

namespace tandem::serve {

inline constexpr std::string_view kPrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

/// How a histogram's integers become the metric's unit, and which of its buckets are written.
struct HistogramForm {
  double unit = 1;                    // le and sum are multiplied by it; 1e-9: nanoseconds to seconds
  std::vector<std::uint64_t> bounds;  // ascending, each an upper_bound of Histogram; +Inf is added
};

/// Call order: `(family sample*)*`, where a sample is number or histogram.
class PrometheusText final {
 public:
  /// kind: "counter", "gauge" or "histogram".
  void family(std::string_view name, std::string_view kind, std::string_view help);
  void number(const Labels& labels, std::uint64_t value);
  void number(const Labels& labels, double value);
  void histogram(const Labels& labels, const HistogramSnapshot& snapshot, const HistogramForm& form);

  std::string take() && { return std::move(text_); }

 private:
  void sample(std::string_view suffix, const Labels& labels, std::string_view value);

  std::string text_;
  std::string name_;
};

}  // namespace tandem::serve
