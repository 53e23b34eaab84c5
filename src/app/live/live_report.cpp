// SPDX-License-Identifier: Apache-2.0
// The same facts in both forms.
#include "app/live/live_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/cpu.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;

Json rate_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json latency_as_json(const std::optional<live::LatencySummary>& latency) {
  if (!latency) return nullptr;
  return {{"count", latency->count}, {"mean", latency->mean_ms}, {"median", latency->median_ms},
          {"min", latency->min_ms},  {"max", latency->max_ms},   {"std", latency->std_ms}};
}

Json model_as_json(const live::ModelOutcome& outcome) {
  const live::LiveNumbers& numbers = outcome.numbers;
  return {{"name", outcome.model.name},
          {"precision", outcome.model.precision},
          {"engine", outcome.model.engine},
          {"weights_bytes", outcome.model.bytes},
          {"frames", numbers.frames},
          {"dropped", numbers.dropped},
          {"latency_ms", latency_as_json(numbers.latency)},
          {"frames_per_second", rate_or_null(numbers.frames_per_second)},
          {"frame_ms", rate_or_null(numbers.frame_ms)}};
}

}  // namespace

std::string report_as_text(const LiveReport& report) {
  const live::LiveOutcome& outcome = report.outcome;
  std::string text = fmt::format("{}\n", report.source);
  for (const live::ModelOutcome& model : outcome.models) {
    text += fmt::format("{}, {}\n", live::describe(model.model), model.model.engine);
    for (const std::string& line : live::statistics_lines(model.numbers)) text += fmt::format("  {}\n", line);
  }
  if (!outcome.headline.empty()) text += fmt::format("last: {}\n", outcome.headline);
  text += fmt::format("memory: {:.0f} MB", static_cast<double>(outcome.memory.process_bytes) / 1e6);
  if (outcome.memory.gpu_bytes) {
    text += fmt::format(", GPU {:.0f} MB in use by all programs", static_cast<double>(*outcome.memory.gpu_bytes) / 1e6);
  }
  return text + fmt::format("; {}\n", machine_line());
}

std::string report_as_json(const LiveReport& report) {
  const live::LiveOutcome& outcome = report.outcome;
  Json document;
  document["machine"] = machine_line();
  document["source"] = report.source;
  document["every_frame"] = report.every_frame;
  document["frames"] = outcome.frames;
  document["dropped"] = outcome.dropped;
  document["models"] = Json::array();
  for (const live::ModelOutcome& model : outcome.models) document["models"].push_back(model_as_json(model));
  document["last"] = {{"frame", outcome.last_frame ? Json(*outcome.last_frame) : Json()},
                      {"text", outcome.headline},
                      {"sentence", outcome.sentence}};
  document["spoken"] = outcome.said;
  document["memory"] = {{"process_bytes", outcome.memory.process_bytes},
                        {"gpu_bytes", outcome.memory.gpu_bytes ? Json(*outcome.memory.gpu_bytes) : Json()}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tandem::app
