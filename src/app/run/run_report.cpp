// SPDX-License-Identifier: Apache-2.0
// Labels with bars, shares of a picture, or the numbers themselves.
#include "app/run/run_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "bench/histogram.h"
#include "core/tolerance.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFirstValues = 8;
constexpr std::size_t kProbabilityColumns = 30;

struct Range {
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  double mean = 0;
};

/// Of every element; NaN where there is none.
Range range_of(const Tensor& tensor) {
  Range range;
  double sum = 0;
  for (std::size_t i = 0; i < tensor.element_count(); ++i) {
    const double value = element_as_double(tensor, i);
    range.min = std::min(range.min, value);
    range.max = std::max(range.max, value);
    sum += value;
  }
  if (tensor.element_count() == 0) range.min = range.max = std::nan("");
  range.mean = sum / static_cast<double>(tensor.element_count());
  return range;
}

std::vector<ClassProbability> best_classes(const Classification& classification) {
  std::vector<ClassProbability> classes = classification.classes;
  std::stable_sort(classes.begin(), classes.end(),
                   [](const ClassProbability& a, const ClassProbability& b) { return a.probability > b.probability; });
  return classes;
}

std::string classes_as_text(const Classification& classification, std::size_t top) {
  std::string text;
  const auto classes = best_classes(classification);
  std::size_t width = 1;
  for (std::size_t i = 0; i < std::min(top, classes.size()); ++i) width = std::max(width, classes[i].label.size());
  for (std::size_t i = 0; i < std::min(top, classes.size()); ++i) {
    const double probability = static_cast<double>(classes[i].probability);
    text += fmt::format("  {:<{}}  {:>6.2f} %  {}\n", classes[i].label, width, 100 * probability,
                        bench::draw_bar(probability, kProbabilityColumns));
  }
  return text;
}

std::string segmentation_as_text(const Segmentation& segmentation) {
  std::string text;
  for (std::size_t i = 0; i < segmentation.fractions.size(); ++i) {
    const std::string label = i < segmentation.labels.size() ? segmentation.labels[i] : fmt::format("class_{}", i);
    text += fmt::format("  {:<16} {:>6.2f} % of the picture\n", label, 100 * segmentation.fractions[i]);
  }
  return text + fmt::format("  mean confidence {:.1f} %\n", 100 * segmentation.mean_confidence);
}

std::string first_values(const Tensor& tensor) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < std::min(kFirstValues, tensor.element_count()); ++i) {
    values.push_back(tensor.dtype() == DType::kString ? tensor.strings()[i]
                                                      : fmt::format("{:.6g}", element_as_double(tensor, i)));
  }
  return fmt::format("{}{}", fmt::join(values, " "), tensor.element_count() > kFirstValues ? " ..." : "");
}

std::string tensor_as_text(const std::string& name, const Tensor& tensor) {
  std::string text = fmt::format("  {}: {}\n", name, to_string(tensor));
  if (tensor.dtype() != DType::kString) {
    const Range range = range_of(tensor);
    text += fmt::format("    min {:.6g}, max {:.6g}, mean {:.6g}\n", range.min, range.max, range.mean);
  }
  return text + fmt::format("    {}\n", first_values(tensor));
}

/// JSON has no infinities and no NaN: they become null.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json tensor_as_json(const std::string& name, const Tensor& tensor) {
  Json json = {{"name", name}, {"dtype", dtype_name(tensor.dtype())}, {"shape", tensor.shape().dims()}};
  Json first = Json::array();
  for (std::size_t i = 0; i < std::min(kFirstValues, tensor.element_count()); ++i) {
    first.push_back(tensor.dtype() == DType::kString ? Json(tensor.strings()[i])
                                                     : number(element_as_double(tensor, i)));
  }
  if (tensor.dtype() != DType::kString) {
    const Range range = range_of(tensor);
    json.update({{"min", number(range.min)}, {"max", number(range.max)}, {"mean", number(range.mean)}});
  }
  json["first_values"] = std::move(first);
  return json;
}

Json classification_as_json(const Classification& classification) {
  Json probabilities = Json::array();
  for (const ClassProbability& entry : classification.classes) {
    probabilities.push_back({{"label", entry.label}, {"index", entry.index}, {"probability", entry.probability}});
  }
  const ClassProbability& best = classification.classes[classification.best];
  return {{"label", best.label}, {"probability", best.probability}, {"probabilities", probabilities}};
}

Json segmentation_as_json(const Segmentation& segmentation, const std::string& overlay) {
  Json shares = Json::array();
  for (std::size_t i = 0; i < segmentation.fractions.size(); ++i) {
    shares.push_back({{"label", i < segmentation.labels.size() ? segmentation.labels[i] : fmt::format("class_{}", i)},
                      {"index", i},
                      {"fraction", segmentation.fractions[i]}});
  }
  return {{"classes", shares},
          {"mean_confidence", segmentation.mean_confidence},
          {"width", segmentation.mask.width},
          {"height", segmentation.mask.height},
          {"overlay", overlay.empty() ? Json(nullptr) : Json(overlay)}};
}

Json score_as_json(const caption::CaptionScore& score) {
  return {{"count", score.count()},
          {"correct", score.correct()},
          {"exact_match", score.exact_match()},
          {"token_count", score.token_count()},
          {"token_accuracy", score.token_accuracy()}};
}

}  // namespace

std::string report_as_text(const RunReport& report, const ModelInfo& info, const RunTextOptions& options) {
  std::string text = fmt::format("{}  ({:.4g} ms{})\n", report.input, report.run_ms,
                                 report.caption ? ": " + timing_as_text(report.caption->said.timing) : "");
  const Prediction& prediction = report.prediction;
  if (prediction.classification) text += classes_as_text(*prediction.classification, options.top);
  if (prediction.segmentation) text += segmentation_as_text(*prediction.segmentation);
  if (report.caption) text += report_as_text(*report.caption, options.words);
  if (!prediction.classification && !prediction.segmentation) {
    for (std::size_t i = 0; i < report.outputs.size(); ++i) {
      text += tensor_as_text(info.outputs[i].name, report.outputs[i]);
    }
  }
  if (!report.overlay.empty()) text += fmt::format("  wrote {}\n", report.overlay.string());
  for (const std::string& file : report.saved) text += fmt::format("  wrote {}\n", file);
  return text;
}

std::string reports_as_json(const std::vector<RunReport>& reports, const RunSummary& summary, const ModelInfo& info) {
  Json results = Json::array();
  for (const RunReport& report : reports) {
    Json result = {{"input", report.input}, {"run_ms", report.run_ms}};
    if (report.prediction.classification) {
      result["classification"] = classification_as_json(*report.prediction.classification);
    }
    if (report.prediction.segmentation) {
      result["segmentation"] = segmentation_as_json(*report.prediction.segmentation, report.overlay.string());
    }
    if (report.caption) {
      result["caption"] = Json::parse(report_as_json(*report.caption));
      result["caption"]["overlay"] = report.overlay.empty() ? Json(nullptr) : Json(report.overlay.string());
    }
    result["outputs"] = Json::array();
    for (std::size_t i = 0; i < report.outputs.size(); ++i) {
      result["outputs"].push_back(tensor_as_json(info.outputs[i].name, report.outputs[i]));
    }
    result["saved"] = report.saved;
    results.push_back(std::move(result));
  }
  Json document = {{"model", summary.model}, {"engine", summary.engine}, {"results", results}};
  if (summary.score) document["score"] = score_as_json(*summary.score);
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tandem::app
