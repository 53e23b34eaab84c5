// SPDX-License-Identifier: Apache-2.0
// Numbers with their machine, threads, batch, runs and spread.
#include "app/bench/bench_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/cpu.h"
#include "bench/histogram.h"
#include "bench/statistics.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHistogramBins = 12;

Json or_null(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }

std::string time_text(std::optional<double> milliseconds, std::size_t needed = 0) {
  return milliseconds ? fmt::format("{:.4g} ms", *milliseconds) : fmt::format("n/a (from {} runs on)", needed);
}

double items_per_second(const BenchReport& report, const bench::Summary& summary) {
  const auto batch = static_cast<double>(report.batch);
  if (report.instances == 1) return summary.mean_ms > 0 ? 1000.0 * batch / summary.mean_ms : 0;
  const double seconds = report.measurement.seconds;
  return seconds > 0 ? batch * static_cast<double>(summary.count) / seconds : 0;
}

std::string megabytes(std::uint64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

}  // namespace

std::string report_as_text(const BenchReport& report) {
  const bench::Summary summary = bench::summarize(report.measurement.samples_ms);
  const auto histogram = bench::make_histogram(report.measurement.samples_ms, kHistogramBins);
  std::string text =
      fmt::format("{}\n{}: {}\n{}; batch {}, {} warm-up runs, {} measured runs\n\n", report.model, report.engine,
                  report.options, report.inputs, report.batch, report.warmup_runs, summary.count);
  if (!report.plan.empty())
    text += fmt::format("  plan        {} (--explain says why, --no-plan runs without it)\n", report.plan);
  text += fmt::format("  mean        {} ± {} (std, {:.0f} %)\n", time_text(summary.mean_ms), time_text(summary.std_ms),
                      100 * summary.variation);
  text += fmt::format("  min         {}\n", time_text(summary.min_ms));
  text += fmt::format("  p50         {}\n", time_text(summary.p50_ms));
  text += fmt::format("  p95         {}\n", time_text(summary.p95_ms, bench::kSamplesForP95));
  text += fmt::format("  p99         {}\n", time_text(summary.p99_ms, bench::kSamplesForP99));
  text += fmt::format("  max         {}\n", time_text(summary.max_ms));
  text += fmt::format("  throughput  {:.1f} items/s (FPS), {} at a time\n", items_per_second(report, summary),
                      report.instances == 1 ? "one run" : fmt::format("{} runs", report.instances));
  text += fmt::format("  load        {}", time_text(report.load_ms));
  if (report.measurement.first_run_ms)
    text += fmt::format(", first run {}", time_text(report.measurement.first_run_ms));
  text += fmt::format("\n  memory      {} resident before loading, {} after, {} after the runs; peak {}\n\n",
                      megabytes(report.resident_before_load_bytes), megabytes(report.resident_after_load_bytes),
                      megabytes(report.resident_after_runs_bytes), megabytes(report.peak_resident_bytes));
  text += bench::draw_histogram(histogram) + "\n";
  if (summary.drifts) {
    text +=
        fmt::format("The runs were still changing: the last third took {:+.0f} % against the first. Measure longer.\n",
                    100 * summary.drift);
  }
  return text + machine_line() + "\n";
}

std::string report_as_json(const BenchReport& report) {
  const bench::Summary summary = bench::summarize(report.measurement.samples_ms);
  Json histogram = Json::array();
  for (const auto& bin : bench::make_histogram(report.measurement.samples_ms, kHistogramBins)) {
    histogram.push_back({{"from_ms", bin.from_ms}, {"to_ms", bin.to_ms}, {"count", bin.count}});
  }
  const Json document = {{"model", report.model},
                         {"engine", report.engine},
                         {"options", report.options},
                         {"plan", report.plan.empty() ? Json(nullptr) : Json(report.plan)},
                         {"inputs", report.inputs},
                         {"machine", machine_line()},
                         {"batch", report.batch},
                         {"instances", report.instances},
                         {"warmup_runs", report.warmup_runs},
                         {"runs", summary.count},
                         {"mean_ms", summary.mean_ms},
                         {"std_ms", summary.std_ms},
                         {"min_ms", summary.min_ms},
                         {"p50_ms", summary.p50_ms},
                         {"p95_ms", or_null(summary.p95_ms)},
                         {"p99_ms", or_null(summary.p99_ms)},
                         {"max_ms", summary.max_ms},
                         {"variation", summary.variation},
                         {"drift", summary.drift},
                         {"drifts", summary.drifts},
                         {"throughput_items_per_s", items_per_second(report, summary)},
                         {"fps", items_per_second(report, summary)},
                         {"load_ms", report.load_ms},
                         {"first_run_ms", or_null(report.measurement.first_run_ms)},
                         {"resident_before_load_bytes", report.resident_before_load_bytes},
                         {"resident_after_load_bytes", report.resident_after_load_bytes},
                         {"resident_after_runs_bytes", report.resident_after_runs_bytes},
                         {"peak_resident_bytes", report.peak_resident_bytes},
                         {"histogram", histogram}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string samples_as_json(const BenchReport& report) {
  const Json document = {{"model", report.model},     {"engine", report.engine},
                         {"options", report.options}, {"machine", machine_line()},
                         {"batch", report.batch},     {"samples_ms", report.measurement.samples_ms}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tandem::app
