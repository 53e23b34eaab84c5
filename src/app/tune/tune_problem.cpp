// SPDX-License-Identifier: Apache-2.0
// From a name to what could be tried.
#include "app/tune/tune_problem.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/cpu.h"
#include "engine/engine_file.h"
#include "engine/registry.h"
#include "plan/follow_plan.h"
#include "serve/models/batch_axis.h"
#include "store/part_name.h"
#include "store/sha256.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;

/// The labels that `tandem optimize` gives to what it makes.
constexpr std::array<const char*, 7> kVariantLabels = {
    "fp16", "int8-dynamic", "int8-static", "pruned", "pruned-fp16", "pruned-int8-dynamic", "pruned-int8-static"};

Result<Engine*> engine_without_plan(const Context& context, const TuneProblem& problem) {
  if (!problem.config) return context.engines.for_file(problem.source.weights);
  Engine* engine = TRY(context.engines.find(problem.config->engine));
  TRY(engine->available());
  return engine;
}

/// Nothing when it can be tried.
std::string why_not_tried(Engine& engine, const TuneProblem& problem, const TuneFlags& flags) {
  const bool named = std::ranges::find(flags.engines, engine.name()) != flags.engines.end();
  const Status available = engine.available();
  if (!available) return available.error().message;
  const auto file = file_for_engine(engine, problem.source.weights);
  if (!file) return file.error().message;
  if (named || engine.instances_are_cheap()) return "";
  return fmt::format("it runs {} in processes of its own; --engines {} tries it, too", file->string(), engine.name());
}

Status choose_engines(const Context& context, const TuneFlags& flags, TuneProblem& problem) {
  Engine* first = TRY(engine_without_plan(context, problem));
  for (const std::string& name : flags.engines) TRY(context.engines.find(name));
  std::vector<Engine*> engines = {first};
  for (Engine* engine : context.engines.all()) {
    const bool named = std::ranges::find(flags.engines, engine->name()) != flags.engines.end();
    if (engine == first || (!flags.engines.empty() && !named)) continue;
    const bool takes = file_for_engine(*engine, problem.source.weights).has_value();
    const std::string why = why_not_tried(*engine, problem, flags);
    if (why.empty()) {
      engines.push_back(engine);
    } else if (named || (takes && engine->available())) {
      problem.notes.push_back(fmt::format("not tried: {}: {}", engine->name(), why));
    } else if (takes) {
      problem.notes.push_back(
          fmt::format("not tried: {}: it cannot be used here (tandem devices says why)", engine->name()));
    }
  }
  for (Engine* engine : engines) {
    problem.space.engines.emplace_back(engine->name());
    problem.engines[std::string(engine->name())] = engine->version();
  }
  return {};
}

Status add_variant(const std::string& name, const fs::path& file, TuneProblem& problem) {
  const FileDigest digest = TRY(digest_file(file));
  problem.variant_sha256[name] = digest.sha256;
  problem.variants[name] = file;
  problem.space.variants.push_back(name);
  return {};
}

Status find_variants(const TuneFlags& flags, TuneProblem& problem) {
  const fs::path& weights = problem.source.weights;
  for (const std::string& name : flags.variants) {
    const fs::path file = variant_file(weights, name);
    auto added = add_variant(name, file, problem);
    if (!added) return fail(added.error().with_context("--variants: a variant lies beside the model"));
  }
  if (!flags.variants.empty()) return {};
  std::error_code error;
  for (const char* label : kVariantLabels) {
    const std::string name = part_name(weights.stem().string(), label);
    const fs::path file = variant_file(weights, name);
    if (fs::is_regular_file(file, error)) TRY(add_variant(name, file, problem));
  }
  return {};
}

CpuSplit given_split(const TuneFlags& flags, const TuneProblem& problem) {
  CpuSplit given{flags.instances, flags.threads};
  if (!problem.config) return given;
  if (given.instances == 0) given.instances = problem.config->schedule.instances;
  if (given.threads == 0) given.threads = problem.config->schedule.threads;
  return given;
}

/// The model as its default engine sees it.
Result<ModelInfo> describe_model(const Context& context, const TuneProblem& problem) {
  Engine* engine = TRY(context.engines.find(problem.space.engines[0]));
  const fs::path file = TRY(file_for_engine(*engine, problem.source.weights));
  const auto session = TRY(engine->load(file, {}));
  return session->info();
}

std::int64_t largest_batch(const TuneProblem& problem) {
  std::int64_t most = serve::find_max_batch_size(problem.info);
  if (problem.config && problem.config->max_batch_size && most > 0) most = *problem.config->max_batch_size;
  return std::max<std::int64_t>(1, most);
}

}  // namespace

Result<TuneProblem> open_problem(const Context& context, const TuneFlags& flags) {
  TuneProblem problem;
  problem.source = TRY(find_model(flags.model, flags.store));
  problem.config = TRY(read_model_config(problem.source.config));
  const FileDigest digest = TRY(digest_file(problem.source.weights));
  problem.model_sha256 = digest.sha256;
  TRY(choose_engines(context, flags, problem));
  TRY(find_variants(flags, problem));
  problem.info = TRY(describe_model(context, problem));
  problem.space.goal = flags.wanted_goal();
  problem.space.cores = cpu_budget().cores;
  problem.space.given = given_split(flags, problem);
  problem.space.max_batch = largest_batch(problem);
  if (problem.config) problem.space.incumbent = problem.config->plan;
  return problem;
}

Result<fs::path> plan_file(const TuneProblem& problem) {
  const ModelSource& source = problem.source;
  if (source.store) {
    const StoreEntry entry = TRY(source.store->find(source.name));
    if (entry.fixed) {
      return fail(Code::kFailedPrecondition,
                  fmt::format("{} is an older version, whose config does not change any more", source.name));
    }
    return source.store->folder() / "configs" / (entry.name + ".yaml");
  }
  return source.config.empty() ? fs::path(source.weights).replace_extension(".yaml") : source.config;
}

tune::JournalPlace journal_place(const TuneProblem& problem, const TuneFlags& flags) {
  tune::JournalPlace place;
  const auto file = plan_file(problem);
  const fs::path beside = file ? *file : problem.source.weights;
  place.file = beside.parent_path() / fmt::format(".{}.tune.json", beside.stem().string());
  place.resume = flags.resume;
  std::vector<std::string> engines, variants;
  for (const std::string& name : problem.space.engines) {
    engines.push_back(fmt::format("{} {}", name, problem.engines.at(name)));
  }
  for (const auto& [name, hash] : problem.variant_sha256) variants.push_back(fmt::format("{} {}", name, hash));
  const tune::SearchSpace& space = problem.space;
  place.key = {{"model", problem.model_sha256},
               {"machine", machine_fingerprint()},
               {"engines", fmt::format("{}", fmt::join(engines, ", "))},
               {"variants", fmt::format("{}", fmt::join(variants, ", "))},
               {"goal", flags.goal},
               {"seconds", fmt::format("{}", flags.seconds)},
               {"split", fmt::format("{}x{}", space.given.instances, space.given.threads)},
               {"max_batch", std::to_string(space.max_batch)},
               {"dims", fmt::format("{}", fmt::join(flags.dims, ","))},
               {"max_latency_ms", fmt::format("{}", flags.max_latency_ms.value_or(0))},
               {"max_memory_mb", fmt::format("{}", flags.max_memory_mb.value_or(0))},
               {"data", fmt::format("{} {}", fmt::join(flags.data, ","), flags.data_count)},
               {"min_accuracy", fmt::format("{}", flags.min_accuracy.value_or(-1))},
               {"tolerance", fmt::format("{}", flags.tolerance)},
               {"incumbent", space.incumbent ? plan_name(*space.incumbent) : ""}};
  return place;
}

}  // namespace tandem::app
