// SPDX-License-Identifier: Apache-2.0
// tandem profile: where a model's time goes, operator by operator and node by node (R3.6).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

#include "app/bench/input_flags.h"
#include "app/command.h"
#include "app/models/model_source.h"
#include "app/progress_bar.h"
#include "app/verb.h"
#include "base/cpu.h"
#include "base/file.h"
#include "bench/measure.h"
#include "engine/engine_file.h"
#include "engine/profiler.h"
#include "engine/registry.h"
#include "graph/onnx_reader.h"
#include "profile/profile_report.h"

namespace tandem::app {
namespace {

struct ProfileFlags {
  std::string model;
  std::string store = "models";
  std::size_t runs = 0;
  double seconds = 3;
  std::size_t warmup_runs = 10;
  InputFlags inputs;
  SessionFlags session;
  std::string by;  // "": both tables
  std::size_t top = 15;
  std::string page;
  std::string trace;
};

std::chrono::nanoseconds half_of(double seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 5e8));
}

Result<Profiler*> find_profiler(const Context& context, Engine& engine) {
  if (auto* profiler = dynamic_cast<Profiler*>(&engine)) return profiler;
  std::string able;
  for (Engine* other : context.engines.all()) {
    if (dynamic_cast<Profiler*>(other) != nullptr) able += fmt::format("{}{}", able.empty() ? "" : ", ", other->name());
  }
  return fail(
      Code::kUnimplemented,
      fmt::format("the engine {} does not say how long its nodes take; expected one of {}", engine.name(), able));
}

/// Without the profiler, with the same inputs, before it: so that what the profiler itself costs can be seen.
Status measure_plain_runs(const ProfileFlags& flags, Session& session, std::span<const Tensor> inputs,
                          profile::ProfileReport& report) {
  bench::MeasureOptions options;
  options.warmup_runs = flags.warmup_runs;
  options.runs = flags.runs;
  options.duration = half_of(flags.seconds);
  ProgressBar bar;
  const bench::Measurement measured = TRY(bench::measure(session, inputs, options, system_clock(), bar.reporter()));
  report.plain_runs = measured.samples_ms.size();
  report.plain_run_ms = profile::quiet_mean(measured.samples_ms);
  return {};
}

/// What became of the file's nodes is told of ONNX files; others have a graph that only their engine knows.
void compare_with_file(const std::filesystem::path& file, profile::ProfileReport& report) {
  if (file.extension() != ".onnx") return;
  if (const auto model = read_onnx_file(file)) report.fates = profile::follow_nodes(model->graph, report.profile);
}

Result<profile::ProfileReport> profile_model(const Context& context, const ProfileFlags& flags) {
  const ModelSource source = TRY(find_model(flags.model, flags.store));
  profile::ProfileReport report;
  std::vector<Tensor> inputs;
  Engine* engine = nullptr;
  Profiler* profiler = nullptr;
  int cores = 0;
  {
    const LoadedModel model = TRY(load_model(context, flags.session, source.weights));
    engine = model.engine;
    profiler = TRY(find_profiler(context, *engine));
    cores = model.session->cores();
    inputs = TRY(flags.inputs.make(model.session->info()));
    report.inputs = describe_given(model.session->info(), inputs);
    TRY(measure_plain_runs(flags, *model.session, inputs, report));
  }
  report.model = source.name;
  report.engine = fmt::format("{} {}", engine->name(), engine->version());
  report.machine = machine_line();
  report.warmup_runs = flags.warmup_runs;
  if (cores > 0) report.peak = profile::measure_machine_peak(cores);
  const std::filesystem::path file = TRY(file_for_engine(*engine, source.weights));
  const ProfileOptions options{flags.warmup_runs, flags.runs, half_of(flags.seconds)};
  const SessionOptions session = TRY(flags.session.options());
  report.profile = TRY(profiler->profile(file, inputs, session, options));
  report.summary = profile::summarize_profile(report.profile);
  compare_with_file(file, report);
  report.left_overs = profile::find_left_overs(report.profile, report.summary);
  return report;
}

Status run_profile(const Context& context, const ProfileFlags& flags) {
  const profile::ProfileReport report = TRY(profile_model(context, flags));
  if (!flags.page.empty()) TRY(write_file_atomic(flags.page, profile::report_as_page(report)));
  if (!flags.trace.empty()) TRY(write_file_atomic(flags.trace, profile::report_as_trace(report)));
  if (context.json) {
    fmt::print("{}", profile::report_as_json(report));
    return {};
  }
  profile::TextOptions options;
  options.top = flags.top;
  if (flags.by == "op") options.tables = profile::Tables::kOperators;
  if (flags.by == "node") options.tables = profile::Tables::kNodes;
  fmt::print("{}", profile::report_as_text(report, options));
  return {};
}

void add_flags(CLI::App& verb, ProfileFlags& flags) {
  verb.add_option("model", flags.model, "A model file, or a name in the store")->required()->type_name("FILE|NAME");
  verb.add_option("--store", flags.store, "The store in which names are looked up")->capture_default_str();
  verb.add_option("--by", flags.by, "Only the table by operator or the one by node")
      ->check(CLI::IsMember({"op", "node"}))
      ->type_name("op|node");
  verb.add_option("--top", flags.top, "Nodes in the table")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str()
      ->type_name("N");
  verb.add_option("--html", flags.page, "Writes a page: roofline, the parts of the network, all tables")
      ->type_name("FILE");
  verb.add_option("--trace", flags.trace, "Writes a trace for Perfetto or chrome://tracing")->type_name("FILE");
  auto* runs = verb.add_option("--runs", flags.runs, "Measured runs, with the profiler and without")
                   ->check(CLI::Range(1, 1'000'000))
                   ->type_name("N");
  verb.add_option("--seconds", flags.seconds, "Measure this long instead, half of it with the profiler")
      ->check(CLI::Range(0.001, 86400.0))
      ->capture_default_str()
      ->excludes(runs)
      ->type_name("T");
  verb.add_option("--warmup", flags.warmup_runs, "Runs before, not measured")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str()
      ->type_name("N");
  flags.inputs.add_to(verb);
  flags.session.add_to(verb);
}

}  // namespace

void add_profile_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb = add_verb(
      program, {"profile", "Says where a model's time goes, by operator and by node, against what this machine can do",
                "  tandem profile classification_cnn_digits_20261121\n"
                "  tandem profile model.onnx --threads 1 --html profile.html --trace profile.json"});
  const auto flags = std::make_shared<ProfileFlags>();
  add_flags(*verb, *flags);
  verb->callback([&context, &action, flags] {
    action = [&context, flags] { return finish(context, "profile", run_profile(context, *flags)); };
  });
}

}  // namespace tandem::app
