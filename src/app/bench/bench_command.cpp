// SPDX-License-Identifier: Apache-2.0
// tandem bench: how fast a model runs here, with everything that one must know to believe it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>

#include "app/bench/bench_blocks.h"
#include "app/bench/bench_report.h"
#include "app/bench/input_flags.h"
#include "app/bench/scenario_flags.h"
#include "app/bench/scenario_report.h"
#include "app/bench/scenario_run.h"
#include "app/bench/scenario_target.h"
#include "app/command.h"
#include "app/models/model_source.h"
#include "app/models/plan_flags.h"
#include "app/progress_bar.h"
#include "app/verb.h"
#include "base/file.h"
#include "base/process_stats.h"

namespace tandem::app {
namespace {

struct BenchFlags {
  std::string model;
  std::string store = "models";
  std::size_t runs = 0;
  double seconds = 3;
  std::size_t warmup_runs = 10;
  InputFlags inputs;
  std::string samples_out;
  bool blocks = false;
  ScenarioFlags scenario;
  SessionFlags session;
  PlanFlags plans;
};

/// The plan's engine and split of the cores, and its batch for inputs that are made here. Without a plan that is
/// followed any engine that takes the file.
Result<PlannedModel> load_as_planned(const Context& context, BenchFlags& flags, const ModelSource& source) {
  PlannedFiles files{source.weights, {}, ""};
  if (auto config = TRY(read_model_config(source.config))) files.plan = std::move(config->plan);
  PlannedModel model = TRY(load_planned(context, {flags.session, flags.plans}, files, PlannedRuns::kAtOnce));
  flags.session.instances = model.instances;
  if (model.plan.plan && flags.inputs.batch == 0) flags.inputs.batch = model.plan.plan->batch;
  return model;
}

Result<bench::Measurement> measure_runs(const BenchFlags& flags, Session& session, std::span<const Tensor> inputs) {
  bench::MeasureOptions options;
  options.warmup_runs = flags.warmup_runs;
  options.runs = flags.runs;
  options.instances = flags.session.instances;
  options.duration = std::chrono::nanoseconds(static_cast<std::int64_t>(flags.seconds * 1e9));
  ProgressBar bar;
  return bench::measure(session, inputs, options, system_clock(), bar.reporter());
}

Result<ScenarioReport> measure_load(const LoadTarget& target, const LoadTest& test) {
  bench::SystemTimer timer;
  ProgressBar bar;
  return run_scenario(target, test, timer, bar.reporter());
}

/// A load test of the model here, or of a server that has it.
Status run_load_test(const Context& context, const BenchFlags& flags) {
  bench::LoadOptions load = TRY(flags.scenario.load_options());
  load.duration = std::chrono::nanoseconds(static_cast<std::int64_t>(flags.seconds * 1e9));
  InputFlags inputs = flags.inputs;
  if (load.scenario == bench::Scenario::kMultiStream && inputs.batch == 0) inputs.batch = kMultiStreamSamples;
  const LoadTarget target = flags.scenario.url.empty()
                                ? TRY(make_local_target(context, {flags.model, flags.store, flags.session, inputs}))
                                : TRY(make_remote_target(flags.scenario, flags.model, inputs));
  const LoadTest test{load, flags.scenario.p99_ms, flags.scenario.finds_peak(), flags.warmup_runs};
  const ScenarioReport report = TRY(measure_load(target, test));
  if (!flags.samples_out.empty()) TRY(write_file_atomic(flags.samples_out, query_times_as_json(report)));
  fmt::print("{}", context.json ? scenario_as_json(report) : scenario_as_text(report));
  return {};
}

Status run_bench(const Context& context, BenchFlags flags) {
  TRY(flags.scenario.check());
  if (flags.scenario.is_given()) return run_load_test(context, flags);
  const ModelSource source = TRY(find_model(flags.model, flags.store));
  BenchReport report;
  report.resident_before_load_bytes = process_stats().resident_bytes;
  const SteadyTime begin = system_clock().now();
  const PlannedModel planned = TRY(load_as_planned(context, flags, source));
  const LoadedModel& model = planned.loaded;
  report.load_ms = std::chrono::duration<double, std::milli>(system_clock().now() - begin).count();
  report.resident_after_load_bytes = process_stats().resident_bytes;

  tell_plan(context, "bench", flags.plans, planned.plan);
  const std::vector<Tensor> inputs = TRY(flags.inputs.make(model.session->info()));
  if (flags.blocks) return measure_blocks(*model.session, inputs, std::cin);
  report.model = source.name;
  report.engine = fmt::format("{} {}", model.engine->name(), model.engine->version());
  report.options = model.session->describe();
  if (planned.plan.plan) report.plan = plan_name(*planned.plan.plan);
  report.inputs = describe_given(model.session->info(), inputs);
  report.batch = flags.inputs.count_items(inputs);
  report.warmup_runs = flags.warmup_runs;
  report.instances = flags.session.instances;
  report.measurement = TRY(measure_runs(flags, *model.session, inputs));
  const ProcessStats after = process_stats();
  report.resident_after_runs_bytes = after.resident_bytes;
  report.peak_resident_bytes = after.peak_resident_bytes;
  if (!flags.samples_out.empty()) TRY(write_file_atomic(flags.samples_out, samples_as_json(report)));
  fmt::print("{}", context.json ? report_as_json(report) : report_as_text(report));
  return {};
}

void add_flags(CLI::App& verb, BenchFlags& flags) {
  verb.add_option("model", flags.model, "A model file, or a name in the store")->required()->type_name("FILE|NAME");
  verb.add_option("--store", flags.store, "The store in which names are looked up")->capture_default_str();
  auto* runs = verb.add_option("--runs", flags.runs, "Measured runs")->check(CLI::Range(1, 50'000'000))->type_name("N");
  verb.add_option("--seconds", flags.seconds, "Measure this long instead")
      ->check(CLI::Range(0.001, 86400.0))
      ->capture_default_str()
      ->excludes(runs)
      ->type_name("T");
  verb.add_option("--warmup", flags.warmup_runs, "Runs before, not measured")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str()
      ->type_name("N");
  flags.inputs.add_to(verb);
  flags.scenario.add_to(verb);
  verb.add_option("--samples-out", flags.samples_out, "Writes every sample to a JSON file")->type_name("FILE");
  verb.add_flag("--blocks", flags.blocks,
                "For benchmarks/compare_with_python.py: measures blocks asked for on standard input")
      ->group("");
  flags.session.add_to(verb);
  flags.plans.add_to(verb);
  verb.add_option("--instances", flags.session.instances,
                  "Runs at the same time, each on a thread of its own; 1 if not given")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
}

}  // namespace

void add_bench_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb =
      add_verb(program, {"bench", "Measures how fast a model runs on this machine",
                         "  tandem bench models/weights/classification_cnn_digits_20261121.onnx --runs 1000"});
  const auto flags = std::make_shared<BenchFlags>();
  add_flags(*verb, *flags);
  verb->callback([&context, &action, flags] {
    action = [&context, flags] { return finish(context, "bench", run_bench(context, *flags)); };
  });
}

}  // namespace tandem::app
