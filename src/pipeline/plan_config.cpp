// SPDX-License-Identifier: Apache-2.0
// The keys of the section; docs/formats/model-config.md says what each means.
#include "pipeline/plan_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pipeline/config_reader.h"
#include "pipeline/schedule_config.h"

namespace tandem {
namespace {

constexpr std::int64_t kMaxPlanThreads = 1024;
constexpr std::int64_t kMaxPlanInstances = 1024;
constexpr std::size_t kMaxRivals = 64;
constexpr std::array<std::string_view, 2> kGoals = {"throughput", "latency"};
constexpr std::array<std::string_view, 3> kComputePrecisions = {"fp32", "bf16", "fp16"};
constexpr std::array<std::string_view, 4> kGraphLevels = {"none", "basic", "extended", "all"};

Status read_word(const ConfigMapping& mapping, std::string_view key, std::span<const std::string_view> words,
                 std::string& target) {
  if (const auto value = mapping.find(key)) {
    const std::size_t index = TRY(value->choice(words));
    target = words[index];
  }
  return {};
}

Status read_line(const ConfigMapping& mapping, std::string_view key, std::string& target) {
  if (const auto value = mapping.find(key)) target = TRY(value->text());
  return {};
}

Status read_positive(const ConfigMapping& mapping, std::string_view key, std::optional<double>& target) {
  const auto value = mapping.find(key);
  if (!value) return {};
  target = static_cast<double>(TRY(value->number()));
  return *target > 0 ? Status{} : value->wrong("a number above 0");
}

Status read_hash(const ConfigMapping& mapping, std::string_view key, std::string& target) {
  constexpr std::size_t kDigits = 64;
  const auto value = mapping.find(key);
  if (!value) return {};
  target = TRY(value->text());
  const bool good = target.size() == kDigits && std::ranges::all_of(target, [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                    });
  return good ? Status{} : value->wrong("64 hexadecimal digits, the file's SHA-256");
}

Result<double> read_ratio(const ConfigMapping& mapping, std::string_view key) {
  const ConfigValue value = TRY(mapping.required(key));
  const float ratio = TRY(value.number());
  if (ratio > 0) return static_cast<double>(ratio);
  return value.wrong("a number above 0");
}

Result<PlanRival> read_rival(const ConfigValue& value) {
  const ConfigMapping mapping = TRY(ConfigMapping::open(value, {"name", "ratio", "low", "high"}));
  const ConfigValue name = TRY(mapping.required("name"));
  PlanRival rival;
  rival.name = TRY(name.text());
  rival.ratio = TRY(read_ratio(mapping, "ratio"));
  rival.low = TRY(read_ratio(mapping, "low"));
  rival.high = TRY(read_ratio(mapping, "high"));
  if (rival.low > rival.high) return value.wrong("low not above high");
  return rival;
}

Result<PlanEvidence> read_evidence(const ConfigValue& value) {
  const ConfigMapping mapping =
      TRY(ConfigMapping::open(value, {"model_sha256", "variant_sha256", "engine_version", "machine", "date",
                                      "items_per_second", "p50_ms", "p95_ms", "memory_bytes", "accuracy", "beat"}));
  TRY(mapping.required("model_sha256"));
  PlanEvidence evidence;
  TRY(read_hash(mapping, "model_sha256", evidence.model_sha256));
  TRY(read_hash(mapping, "variant_sha256", evidence.variant_sha256));
  TRY(read_line(mapping, "engine_version", evidence.engine_version));
  TRY(read_line(mapping, "machine", evidence.machine));
  TRY(read_line(mapping, "date", evidence.date));
  TRY(read_line(mapping, "accuracy", evidence.accuracy));
  TRY(read_positive(mapping, "items_per_second", evidence.items_per_second));
  TRY(read_positive(mapping, "p50_ms", evidence.p50_ms));
  TRY(read_positive(mapping, "p95_ms", evidence.p95_ms));
  if (const auto bytes = mapping.find("memory_bytes")) {
    evidence.memory_bytes = static_cast<std::uint64_t>(TRY(bytes->integer(0, std::int64_t{1} << 50)));
  }
  if (const auto beat = mapping.find("beat")) {
    const auto items = TRY(beat->list());
    if (items.size() > kMaxRivals) return beat->wrong(fmt::format("at most {} entries", kMaxRivals));
    for (const ConfigValue& item : items) evidence.beat.push_back(TRY(read_rival(item)));
  }
  return evidence;
}

/// It becomes the name of a file beside the model's.
Status check_variant(const ConfigValue& value, const std::string& name) {
  const bool good = name.front() != '.' && std::ranges::all_of(name, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                             c == '-' || c == '.';
                    });
  return good ? Status{} : value.wrong("a model's name of letters, digits, _, - and .");
}

}  // namespace

Result<PlanConfig> read_plan_config(const ConfigValue& value) {
  const ConfigMapping mapping =
      TRY(ConfigMapping::open(value, {"goal", "engine", "variant", "precision", "graph_optimization", "threads",
                                      "instances", "batch", "evidence"}));
  const ConfigValue engine = TRY(mapping.required("engine"));
  PlanConfig plan;
  plan.engine = TRY(engine.identifier());
  TRY(read_word(mapping, "goal", kGoals, plan.goal));
  TRY(read_word(mapping, "precision", kComputePrecisions, plan.precision));
  TRY(read_word(mapping, "graph_optimization", kGraphLevels, plan.graph_optimization));
  if (const auto variant = mapping.find("variant")) {
    plan.variant = TRY(variant->text());
    TRY(check_variant(*variant, plan.variant));
  }
  if (const auto count = mapping.find("threads")) {
    plan.threads = static_cast<int>(TRY(count->integer(1, kMaxPlanThreads)));
  }
  if (const auto count = mapping.find("instances")) {
    plan.instances = static_cast<int>(TRY(count->integer(1, kMaxPlanInstances)));
  }
  if (const auto rows = mapping.find("batch")) plan.batch = TRY(rows->integer(1, kMaxBatchSize));
  if (const auto evidence = mapping.find("evidence")) plan.evidence = TRY(read_evidence(*evidence));
  return plan;
}

std::string plan_name(const PlanConfig& plan) {
  std::string name = fmt::format("{} {}x{}", plan.engine, plan.instances, plan.threads);
  if (plan.batch > 1) name += fmt::format(", batch {}", plan.batch);
  if (plan.graph_optimization != "all") name += fmt::format(", graph {}", plan.graph_optimization);
  if (plan.precision != "fp32") name += ", " + plan.precision;
  if (!plan.variant.empty()) name += ", " + plan.variant;
  return name;
}

}  // namespace tandem
