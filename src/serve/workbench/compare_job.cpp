// SPDX-License-Identifier: Apache-2.0
// Load all, load the first once more, compare, report.
#include "serve/workbench/compare_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/cpu.h"
#include "base/machine_watch.h"
#include "bench/compare_report.h"
#include "bench/process/measured_process.h"
#include "bench/random_inputs.h"
#include "serve/workbench/image_run.h"
#include "serve/workbench/inspection.h"

namespace tandem::serve {
namespace {

/// One model with one engine in its process.
struct Side {
  ModelFiles files;  // keeps them as long as the process may read from them
  std::unique_ptr<bench::MeasuredProcess> process;
  bench::ComparedModel described;
};

Result<Side> start_side(const ModelPlaces& places, const CompareProgram& program, const ModelChoice& choice) {
  Side side;
  side.files = TRY(find_model_files(places, choice));
  bench::ContenderSpec spec;
  spec.engine = choice.engine;
  spec.model = side.files.model;
  spec.program = program.program;
  spec.arguments = program.arguments;
  auto process = bench::MeasuredProcess::start(spec);
  if (!process) return fail(process.error().code, sentence_of(process.error(), side.files.model));
  side.process = std::move(*process);
  side.described = bench::describe_contender(side.process->loaded());
  side.described.model = side.files.shown;
  return side;
}

Result<std::vector<Side>> start_all(const ModelPlaces& places, const CompareProgram& program, const CompareJob& asked,
                                    JobProgress& progress) {
  std::vector<Side> sides;
  for (const ModelChoice& choice : asked.contenders) {
    const bench::ComparedModel& loaded = sides.emplace_back(TRY(start_side(places, program, choice))).described;
    progress.log(
        fmt::format("{} has loaded {} in {:.0f} ms: {}", loaded.engine, loaded.model, loaded.load_ms, loaded.options));
    progress.set_done(static_cast<double>(sides.size()) / static_cast<double>(asked.contenders.size() + 1));
    if (progress.cancelled()) return fail(Code::kCancelled, "the job was cancelled");
  }
  return sides;
}

Result<std::vector<std::vector<Tensor>>> make_inputs(const Side& reference, const ShelvedFile* image) {
  const ModelInfo& info = reference.process->info();
  if (image == nullptr) return bench::make_random_sets(info.inputs, {});
  const auto pipeline = TRY(read_pipeline(reference.files, info));
  auto prepared = prepare_image(reference.files.name, pipeline.get(), image->path);
  if (!prepared) return fail(prepared.error().code, sentence_of(prepared.error(), image->path));
  std::vector<std::vector<Tensor>> sets(1);
  sets[0] = std::move(prepared->inputs);
  return sets;
}

/// By what differs: the engine, the model, or both. Who is the same twice is numbered.
std::vector<std::string> contender_names(const std::vector<Side>& sides, const CompareJob& asked) {
  const ModelChoice& first = asked.contenders.front();
  const bool one_engine =
      std::ranges::all_of(asked.contenders, [&](const ModelChoice& choice) { return choice.engine == first.engine; });
  const bool one_model =
      std::ranges::all_of(asked.contenders, [&](const ModelChoice& choice) { return choice.model == first.model; });
  std::vector<std::string> plain;
  std::vector<std::string> names;
  for (const Side& side : sides) {
    const std::string& engine = side.process->loaded().engine;
    plain.push_back(one_model ? engine : one_engine ? side.files.name : fmt::format("{}, {}", side.files.name, engine));
    const auto same = std::ranges::count(plain, plain.back());
    names.push_back(same == 1 ? plain.back() : fmt::format("{} ({})", plain.back(), same));
  }
  return names;
}

}  // namespace

Result<std::string> compare_models(const ModelPlaces& places, const CompareProgram& program, const CompareJob& asked,
                                   const ShelvedFile* image, JobProgress& progress) {
  TRY(progress.begin_step(0));
  const std::vector<Side> sides = TRY(start_all(places, program, asked, progress));
  // The first one once more: what it differs from itself is the machine's noise.
  const Side again = TRY(start_side(places, program, asked.contenders.front()));
  const std::vector<std::vector<Tensor>> sets = TRY(make_inputs(sides.front(), image));
  const std::vector<std::string> names = contender_names(sides, asked);
  std::vector<bench::Contender> contenders;
  for (std::size_t i = 0; i < sides.size(); ++i) contenders.push_back({names[i], sides[i].process.get()});
  bench::CompareOptions options;
  options.budget = std::chrono::nanoseconds(static_cast<std::int64_t>(asked.seconds * 1e9));
  options.cancelled = [&] { return progress.cancelled(); };

  bench::CompareReport report;
  report.inputs = bench::describe_inputs(sides.front().process->info(), sets);
  report.tolerance = options.tolerance;
  report.budget_s = asked.seconds;
  report.processes = bench::Processes::kOneEach;
  report.machine_facts = machine_facts();
  TRY(progress.begin_step(1));
  const MachineCounters before = read_machine_counters();
  report.comparison = TRY(bench::compare_sides(contenders, *again.process, sets, options, system_clock(),
                                               [&](double done) { progress.set_done(done); }));
  const int cores = cpu_budget().online;
  report.disturbance = to_string(find_disturbance(before, read_machine_counters(), cores), cores);
  for (const Side& side : sides) {
    report.models.push_back(side.described);
    if (const auto use = side.process->memory()) report.models.back().memory = *use;  // after the last run
  }
  progress.log(bench::recommend(report));
  return bench::report_as_json(report);
}

}  // namespace tandem::serve
