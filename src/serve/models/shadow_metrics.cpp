// SPDX-License-Identifier: Apache-2.0
// One family a number of ShadowReport.
#include "serve/models/shadow_metrics.h"

#include <utility>

#include "serve/models/prometheus_text.h"

namespace tandem::serve {
namespace {

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

Labels labels(const ShadowReport& report) {
  return {{"model", report.model}, {"shadow_version", report.shadow_version}, {"shadow_engine", report.shadow_engine}};
}

struct Family {
  const char* name;
  const char* help;
};

template <typename Value>
void write(PrometheusText& text, std::span<const ShadowReport> reports, const char* kind, const Family& family,
           Value value) {
  text.family(family.name, kind, family.help);
  for (const ShadowReport& report : reports) text.number(labels(report), value(report));
}

template <typename Value>
void counter(PrometheusText& text, std::span<const ShadowReport> reports, const Family& family, Value value) {
  write(text, reports, "counter", family, [&](const ShadowReport& report) { return std::uint64_t{value(report)}; });
}

template <typename Value>
void number(PrometheusText& text, std::span<const ShadowReport> reports, const char* kind, const Family& family,
            Value value) {
  write(text, reports, kind, family, [&](const ShadowReport& report) { return double{value(report)}; });
}

}  // namespace

std::string shadow_metrics_text(std::span<const ShadowReport> reports) {
  if (reports.empty()) return "";
  using R = const ShadowReport&;
  PrometheusText text;
  counter(text, reports, {"tandem_shadow_requests_total", "Live requests that ran once more and were compared."},
          [](R report) { return report.compared; });
  counter(text, reports, {"tandem_shadow_dropped_total", "Chosen requests that were not run: the shadow was behind."},
          [](R report) { return report.dropped; });
  counter(text, reports, {"tandem_shadow_failed_total", "Requests that the shadow did not answer."},
          [](R report) { return report.failed; });
  counter(text, reports, {"tandem_shadow_decisions_total", "Arg max decisions compared."},
          [](R report) { return report.agreement.decisions; });
  counter(text, reports, {"tandem_shadow_same_decisions_total", "Arg max decisions that were the same."},
          [](R report) { return report.agreement.same_decisions; });
  number(text, reports, "gauge",
         {"tandem_shadow_max_absolute_difference", "Largest difference of two elements so far."},
         [](R report) { return report.agreement.max_absolute; });
  number(text, reports, "gauge",
         {"tandem_shadow_max_relative_difference",
          "Largest difference so far, as a share of the largest value of its output."},
         [](R report) { return report.agreement.max_relative; });
  number(text, reports, "gauge", {"tandem_shadow_min_cosine", "Smallest cosine of two outputs so far."},
         [](R report) { return report.agreement.min_cosine; });
  number(text, reports, "counter", {"tandem_shadow_live_seconds_total", "Model time of timed requests, live."},
         [](R report) { return seconds(report.live_time); });
  number(text, reports, "counter", {"tandem_shadow_seconds_total", "Model time of the same requests, on the shadow."},
         [](R report) { return seconds(report.shadow_time); });
  return std::move(text).take();
}

}  // namespace tandem::serve
