// SPDX-License-Identifier: Apache-2.0
// Facts about the /metrics page; the text is read by a strict little checker.
#include "serve/models/metrics.h"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "serve/models/prometheus_text.h"

namespace tandem::serve {
namespace {

/// Samples by their full text before the value; fails the test on any line that is not of the format.
class Exposition {
 public:
  explicit Exposition(const std::string& text) {
    EXPECT_TRUE(text.ends_with('\n'));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) read(line);
  }
  std::map<std::string, double> samples;
  std::map<std::string, std::string> types;

 private:
  void read(const std::string& line) {
    static const std::regex type_line("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)");
    static const std::regex help_line("# HELP [a-zA-Z_:][a-zA-Z0-9_:]* .+");
    static const std::regex sample_line(
        R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_]\w*="(?:[^"\\]|\\["\\n])*"(?:,[a-zA-Z_]\w*="(?:[^"\\]|\\["\\n])*")*\})? ([0-9.e+-]+|\+Inf))re");
    std::smatch match;
    if (std::regex_match(line, match, type_line)) {
      EXPECT_TRUE(types.emplace(match[1], match[2]).second) << line;
      family_ = match[1];
    } else if (std::regex_match(line, match, sample_line)) {
      const std::string name = match[1];
      const bool is_histogram = types[family_] == "histogram";
      const std::string suffix = name.starts_with(family_) ? name.substr(family_.size()) : "other";
      EXPECT_TRUE(is_histogram ? (suffix == "_bucket" || suffix == "_sum" || suffix == "_count") : suffix.empty())
          << line;
      EXPECT_TRUE(samples.emplace(name + match[2].str(), std::stod(match[3])).second) << "twice: " << line;
    } else {
      EXPECT_TRUE(std::regex_match(line, help_line)) << line;
    }
  }
  std::string family_;
};

ModelMetrics model(std::string name) {
  Histogram histogram;
  for (const std::uint64_t value : {1000U, 5000U, 1000000U}) histogram.record(value);
  Histogram rows;
  rows.record(1);
  rows.record(3);
  ModelMetrics metrics;
  metrics.statistics.name = std::move(name);
  metrics.statistics.version = "1";
  metrics.statistics.success = {3, 1006000};
  metrics.statistics.inference_count = 4;
  metrics.request_ns = metrics.queue_ns = metrics.compute_ns = histogram.snapshot();
  metrics.batch_rows = rows.snapshot();
  metrics.batches[1] = 7;
  metrics.load_time = std::chrono::milliseconds(250);
  metrics.failures[0] = 2;
  return metrics;
}

TEST(MetricsText, EveryLineIsOfTheFormat) {
  const ModelMetrics models[] = {model("a"), model("b")};
  ServerMetrics server = read_server_metrics();
  server.http_connections = 5;
  const Exposition page(metrics_text(models, server));
  EXPECT_EQ(page.samples.at("tandem_http_connections"), 5);
  EXPECT_GT(page.samples.at("process_resident_memory_bytes"), 0);
  EXPECT_GT(page.samples.at("nv_cpu_memory_total_bytes"), 0);
  EXPECT_FALSE(page.samples.contains("nv_cpu_utilization")) << "nobody has told it";
}

TEST(MetricsText, TellsTritonsNumbers) {
  const ModelMetrics models[] = {model("a")};
  ServerMetrics server;
  server.cpu_utilization = 0.75;
  const Exposition page(metrics_text(models, server));
  EXPECT_EQ(page.samples.at("nv_cpu_utilization"), 0.75);
  EXPECT_EQ(page.samples.at(R"(nv_model_load_duration_secs{model="a",version="1"})"), 0.25);
  EXPECT_EQ(page.samples.at(R"(nv_inference_request_success{model="a",version="1"})"), 3);
  EXPECT_EQ(page.samples.at(R"(nv_inference_request_duration_us{model="a",version="1"})"), 1006);
  EXPECT_EQ(page.samples.at(R"(nv_inference_request_failure{model="a",version="1",reason="REJECTED"})"), 2);
  EXPECT_EQ(page.samples.at(R"(nv_inference_count{model="a",version="1"})"), 4);
  EXPECT_EQ(page.samples.at(R"(tandem_batches_total{model="a",version="1",reason="full"})"), 7);
}

TEST(MetricsText, HistogramsAreCumulativeAndExact) {
  const ModelMetrics models[] = {model("a")};
  const Exposition page(metrics_text(models, {}));
  const std::string bucket = R"(tandem_request_duration_seconds_bucket{model="a",version="1",le=)";
  EXPECT_EQ(page.samples.at(bucket + R"("4.096e-06"})"), 1);
  EXPECT_EQ(page.samples.at(bucket + R"("6.144e-06"})"), 2);
  EXPECT_EQ(page.samples.at(bucket + R"("0.001048576"})"), 3);
  EXPECT_EQ(page.samples.at(bucket + R"("+Inf"})"), 3);
  EXPECT_DOUBLE_EQ(page.samples.at(R"(tandem_request_duration_seconds_sum{model="a",version="1"})"), 0.001006);
  EXPECT_EQ(page.samples.at(R"(tandem_batch_size_bucket{model="a",version="1",le="1"})"), 1);
  EXPECT_EQ(page.samples.at(R"(tandem_batch_size_bucket{model="a",version="1",le="4"})"), 2);
}

TEST(PrometheusText, EscapesLabels) {
  PrometheusText text;
  text.family("m", "gauge", "help");
  text.number({{"name", "a\"b\\c\nd"}}, std::uint64_t{1});
  EXPECT_EQ(std::move(text).take(), "# HELP m help\n# TYPE m gauge\nm{name=\"a\\\"b\\\\c\\nd\"} 1\n");
}

}  // namespace
}  // namespace tandem::serve
