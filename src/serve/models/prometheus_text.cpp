// SPDX-License-Identifier: Apache-2.0
// The format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
#include "serve/models/prometheus_text.h"

#include <fmt/format.h>

namespace tandem::serve {
namespace {

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '"') {
      out += "\\\"";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

}  // namespace

void PrometheusText::family(std::string_view name, std::string_view kind, std::string_view help) {
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, kind);
}

void PrometheusText::number(const Labels& labels, std::uint64_t value) { sample("", labels, fmt::to_string(value)); }

void PrometheusText::number(const Labels& labels, double value) { sample("", labels, fmt::format("{}", value)); }

void PrometheusText::histogram(const Labels& labels, const HistogramSnapshot& snapshot, const HistogramForm& form) {
  Labels with_bound = labels;
  with_bound.emplace_back("le", "");
  for (const std::uint64_t bound : form.bounds) {
    const std::string text = fmt::format("{:.10g}", static_cast<double>(bound) * form.unit);
    with_bound.back().second = text;
    sample("_bucket", with_bound, fmt::to_string(snapshot.count_up_to(Histogram::bucket_of(bound))));
  }
  with_bound.back().second = "+Inf";
  sample("_bucket", with_bound, fmt::to_string(snapshot.count));
  sample("_sum", labels, fmt::format("{:.10g}", static_cast<double>(snapshot.sum) * form.unit));
  sample("_count", labels, fmt::to_string(snapshot.count));
}

void PrometheusText::sample(std::string_view suffix, const Labels& labels, std::string_view value) {
  text_ += name_;
  text_ += suffix;
  char separator = '{';
  for (const auto& [label, content] : labels) {
    text_ += separator;
    text_ += label;
    text_ += "=\"";
    append_escaped(text_, content);
    text_ += '"';
    separator = ',';
  }
  if (!labels.empty()) text_ += '}';
  text_ += ' ';
  text_ += value;
  text_ += '\n';
}

}  // namespace tandem::serve
