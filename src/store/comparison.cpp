// SPDX-License-Identifier: Apache-2.0
// Numbers are paired by name, and judged only where they were measured alike.
#include "store/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "store/json_text.h"
#include "store/metric_names.h"

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxMetrics = 4096;
/// 95 of 100 means of such runs differ by less than this many standard errors when nothing has changed.
constexpr double kStandardErrors = 1.96;

/// A member of the metadata whose numbers are compared, and the members in it that must be equal for a verdict.
struct Group {
  const char* name;
  const char* member;
  std::vector<const char*> conditions;
};

const std::array<Group, 4>& groups() {
  static const std::array<Group, 4> table = {{{"accuracy", "accuracy", {"dataset", "split", "count"}},
                                              {"speed", "inference", {"machine", "threads", "batch"}},
                                              {"size", "size", {}},
                                              {"memory", "memory", {"method"}}}};
  return table;
}

/// The numbers of an object, levels joined by '.'.
void collect_numbers(const Json& object, const std::string& prefix, std::vector<std::pair<std::string, double>>& out) {
  for (const auto& [key, value] : object.items()) {
    if (out.size() >= kMaxMetrics) return;
    if (value.is_number()) out.emplace_back(prefix + key, value.get<double>());
    if (value.is_object()) collect_numbers(value, prefix + key + ".", out);
  }
}

Json member_object(const Json& document, const char* key) {
  const auto member = document.find(key);
  return member != document.end() && member->is_object() ? *member : Json::object();
}

/// Of `inference` only times and rates are metrics; threads and load are circumstances.
bool is_metric(const Group& group, std::string_view name) {
  if (std::string_view(group.name) != "speed") return true;
  return better_direction(name) != Better::kUnknown;
}

/// Why the group cannot be judged; "" when it can.
std::string differing_conditions(const Group& group, const Json& before, const Json& after) {
  std::string differing;
  for (const char* condition : group.conditions) {
    const Json a = before.value(condition, Json());
    const Json b = after.value(condition, Json());
    // What no side states does not keep accuracies apart; a time without its machine says nothing.
    const bool stated = !a.is_null() || !b.is_null() || std::string_view(condition) == "machine";
    if (!stated || (a == b && !a.is_null())) continue;
    const auto text = [](const Json& value) { return value.is_null() ? std::string("not stated") : value.dump(); };
    differing += fmt::format("{}{}: {} and {}", differing.empty() ? "" : "; ", condition, text(a), text(b));
  }
  return differing;
}

/// Whether two mean times may well be the same: their difference is within what the runs' spread explains.
bool within_spread(const Json& before, const Json& after) {
  const auto variance_of_mean = [](const Json& group) -> std::optional<double> {
    const Json std_ms = group.value("std_ms", Json());
    const Json runs = group.value("runs", Json());
    if (!std_ms.is_number() || !runs.is_number() || runs.get<double>() < 2) return std::nullopt;
    return std_ms.get<double>() * std_ms.get<double>() / runs.get<double>();
  };
  const auto a = variance_of_mean(before);
  const auto b = variance_of_mean(after);
  if (!a || !b) return false;
  const double difference = after["mean_ms"].get<double>() - before["mean_ms"].get<double>();
  return std::abs(difference) < kStandardErrors * std::sqrt(*a + *b);
}

Verdict judge(const MetricComparison& metric, double threshold) {
  // A spread is no time that anyone waits for.
  const Better better = metric.metric == "std_ms" ? Better::kUnknown : better_direction(metric.metric);
  const auto difference = metric.difference();
  if (!difference || better == Better::kUnknown) return Verdict::kNotJudged;
  if (*difference == 0 || std::abs(*difference) < threshold * std::abs(*metric.before)) return Verdict::kSame;
  return (*difference > 0) == (better == Better::kLarger) ? Verdict::kImproved : Verdict::kRegressed;
}

/// The metrics of one group: those of `before` in its order, then those that only `after` has.
std::vector<MetricComparison> pair_metrics(const Group& group, const Json& before, const Json& after) {
  std::vector<std::pair<std::string, double>> old_numbers;
  std::vector<std::pair<std::string, double>> new_numbers;
  collect_numbers(before, "", old_numbers);
  collect_numbers(after, "", new_numbers);
  std::vector<MetricComparison> metrics;
  for (auto& [name, value] : old_numbers) {
    if (is_metric(group, name)) metrics.push_back({group.name, name, value, {}});
  }
  for (auto& [name, value] : new_numbers) {
    if (!is_metric(group, name)) continue;
    const auto known = std::find_if(metrics.begin(), metrics.end(),
                                    [&wanted = name](const MetricComparison& m) { return m.metric == wanted; });
    if (known != metrics.end()) {
      known->after = value;
    } else {
      metrics.push_back({group.name, name, {}, value});
    }
  }
  return metrics;
}

void compare_group(const Group& group, const Json& before_document, const Json& after_document, double threshold,
                   MetadataComparison& comparison) {
  const Json before = member_object(before_document, group.member);
  const Json after = member_object(after_document, group.member);
  std::vector<MetricComparison> metrics = pair_metrics(group, before, after);
  const bool both = std::any_of(metrics.begin(), metrics.end(),
                                [](const MetricComparison& metric) { return metric.difference().has_value(); });
  const std::string differing = both ? differing_conditions(group, before, after) : "";
  if (!differing.empty()) {
    comparison.remarks.push_back(
        fmt::format("{} cannot be compared, for it was not measured alike ({})", group.name, differing));
  }
  for (MetricComparison& metric : metrics) {
    if (differing.empty()) metric.verdict = judge(metric, threshold);
    const bool judged = metric.verdict == Verdict::kImproved || metric.verdict == Verdict::kRegressed;
    if (judged && metric.metric == "mean_ms" && within_spread(before, after)) metric.verdict = Verdict::kSame;
    comparison.metrics.push_back(std::move(metric));
  }
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kImproved: return "improved";
    case Verdict::kRegressed: return "regressed";
    case Verdict::kSame: return "same";
    case Verdict::kNotJudged: break;
  }
  return "not judged";
}

std::optional<double> MetricComparison::difference() const {
  if (!before || !after) return std::nullopt;
  return *after - *before;
}

std::optional<double> MetricComparison::relative() const {
  if (!before || !after || *before == 0) return std::nullopt;
  return (*after - *before) / std::abs(*before);
}

Result<MetadataComparison> compare_metadata(std::string_view before, std::string_view after,
                                            const ComparisonOptions& options) {
  TRY(check_json_object(before, "the first model's metadata"));
  TRY(check_json_object(after, "the second model's metadata"));
  const Json before_document = Json::parse(before, nullptr, false);
  const Json after_document = Json::parse(after, nullptr, false);
  MetadataComparison comparison;
  for (const Group& group : groups()) {
    compare_group(group, before_document, after_document, options.threshold, comparison);
  }
  return comparison;
}

std::optional<HeadlineAccuracy> headline_accuracy(std::string_view metadata) {
  if (!check_json_object(metadata, "metadata")) return std::nullopt;
  const Json accuracy = member_object(Json::parse(metadata, nullptr, false), "accuracy");
  for (const auto& [key, value] : accuracy.items()) {
    if (!value.is_number() || better_direction(key) != Better::kLarger) continue;
    HeadlineAccuracy headline{key, value.get<double>(), "", std::nullopt};
    const Json dataset = accuracy.value("dataset", Json());
    if (dataset.is_string()) headline.dataset = dataset.get<std::string>();
    const Json count = accuracy.value("count", Json());
    if (count.is_number_unsigned()) headline.count = count.get<std::uint64_t>();
    return headline;
  }
  return std::nullopt;
}

}  // namespace tandem
