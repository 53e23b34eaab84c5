// SPDX-License-Identifier: Apache-2.0
// tandem tune: the best way to run a model on this machine, proven and written into its config.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/bench/input_flags.h"
#include "app/command.h"
#include "app/progress_bar.h"
#include "app/stop_signal.h"
#include "app/tune/answer_check.h"
#include "app/tune/checklist_steps.h"
#include "app/tune/tune_flags.h"
#include "app/tune/tune_problem.h"
#include "app/verb.h"
#include "base/file.h"
#include "base/scratch_folder.h"
#include "bench/random_inputs.h"
#include "plan/follow_plan.h"
#include "plan/plan_text.h"
#include "store/store_transaction.h"
#include "tune/checklist.h"
#include "tune/engine_trials.h"
#include "tune/journal.h"
#include "tune/tune_report.h"

namespace tandem::app {
namespace {

tune::EngineTrialOptions trial_options(const TuneProblem& problem, const std::map<std::string, std::int64_t>& dims) {
  tune::EngineTrialOptions options;
  options.weights = problem.source.weights;
  options.variants = problem.variants;
  options.dims = dims;
  return options;
}

std::string describe_tuned_inputs(const TuneProblem& problem, const std::map<std::string, std::int64_t>& dims) {
  bench::RandomInputOptions random;
  random.dims = dims;
  const auto inputs = bench::make_random_inputs(problem.info.inputs, random);
  return inputs ? describe_given(problem.info, *inputs) : "";
}

struct SearchTools {
  const AnswerCheck& check;
  tune::EngineTrials& trials;
  StopSignal& stop;
};

/// Everything that was measured, or a sentence that says how to go on.
Result<tune::TuneResult> search(const TuneFlags& flags, const TuneProblem& problem, const SearchTools& with) {
  tune::Journal journal = TRY(tune::Journal::open(journal_place(problem, flags), system_clock()));
  tune::TuneOptions options;
  options.budget = std::chrono::nanoseconds(static_cast<std::int64_t>(flags.seconds * 1e9));
  options.limits = flags.limits();
  options.cancelled = [&with] { return with.stop.has_come(); };
  ProgressBar bar;
  const tune::TuneTools tools{with.trials, [&](const PlanConfig& plan) { return with.check.check(plan); }, journal,
                              system_clock(), bar.reporter()};
  auto result = tune::tune_model(problem.space, options, tools);
  with.stop.release();
  if (result) {
    journal.remove();
    return result;
  }
  if (result.error().code != Code::kCancelled || journal.rounds() == 0) return result;
  TRY(journal.save());
  return fail(
      Code::kCancelled,
      fmt::format("interrupted; {} holds the {} rounds that were measured, and the same command with --resume goes "
                  "on from there",
                  journal_place(problem, flags).file.string(), journal.rounds()));
}

PlanConfig plan_of(const tune::TuneReport& report, const TuneProblem& problem) {
  const tune::CandidateResult& best = report.result.candidates[*report.result.chosen];
  PlanConfig plan = best.candidate.plan;
  PlanEvidence& evidence = plan.evidence.emplace();
  evidence.model_sha256 = problem.model_sha256;
  if (!plan.variant.empty()) evidence.variant_sha256 = problem.variant_sha256.at(plan.variant);
  evidence.engine_version = problem.engines.at(plan.engine);
  evidence.machine = machine_fingerprint();
  constexpr std::size_t kDay = 10;  // of 2026-11-21T12:34:56Z
  evidence.date = iso8601(system_clock().wall()).substr(0, kDay);
  evidence.items_per_second = best.items_per_second;
  evidence.p50_ms = best.p50_ms;
  evidence.p95_ms = best.p95_ms;
  evidence.memory_bytes = best.memory_bytes;
  if (!report.data.empty()) evidence.accuracy = best.answers.substr(0, 200);
  for (const tune::RivalRow& rival : report.result.decision.rivals) {
    const tune::CandidateResult& other = report.result.candidates[report.result.lanes[rival.lane]];
    evidence.beat.push_back({other.candidate.name(), rival.ratio.estimate, rival.ratio.low, rival.ratio.high});
  }
  return plan;
}

/// Under the store's lock, where the model lies in one.
Status put_plan(const TuneProblem& problem, const std::filesystem::path& file, const std::optional<PlanConfig>& plan) {
  const ModelSource& source = problem.source;
  if (!source.store) return write_plan(file, plan);
  const StoreTransaction transaction = TRY(StoreTransaction::begin({source.store->folder()}, {}));
  return write_plan(file, plan);
}

/// Writes the plan, or takes out one that was not shown to be better any more. What was done, in words.
Result<std::string> write_outcome(const TuneFlags& flags, const TuneProblem& problem, const tune::TuneReport& report) {
  const bool had_one = problem.config && problem.config->plan;
  if (flags.no_write) return "The config was left as it is (--no-write).";
  if (!report.result.chosen && !had_one) return "There is no plan to write: the model runs as it is.";
  const auto file = plan_file(problem);
  if (!file) return fmt::format("No plan was written: {}.", file.error().message);
  std::optional<PlanConfig> plan;
  if (report.result.chosen) plan = plan_of(report, problem);
  const Status written = put_plan(problem, *file, plan);
  if (!written) return fail(written.error().with_context("the plan was found, but not written"));
  if (!plan) return fmt::format("The plan that {} had was taken out of it.", file->string());
  return fmt::format(
      "Written to {}; tandem serve, run and bench follow it (--explain says why, --no-plan does without).",
      file->string());
}

Result<tune::TuneReport> tune_source(const Context& context, const TuneFlags& flags) {
  StopSignal stop = TRY(StopSignal::install());  // before the engines start threads
  const TuneProblem problem = TRY(open_problem(context, flags));
  const auto dims = TRY(parse_dims(flags.dims));
  tune::EngineTrials trials(context.engines, system_clock(), trial_options(problem, dims));
  const std::unique_ptr<AnswerCheck> check = TRY(AnswerCheck::create(flags, problem, trials));
  tune::TuneReport report;
  report.result = TRY(search(flags, problem, {*check, trials, stop}));
  report.model = problem.source.name;
  report.machine = machine_fingerprint();
  report.inputs = describe_tuned_inputs(problem, dims);
  report.data = check->data();
  report.engines = problem.engines;
  report.goal = flags.wanted_goal();
  report.budget_s = flags.seconds;
  report.limits = flags.limits();
  report.notes = problem.notes;
  report.outcome = TRY(write_outcome(flags, problem, report));
  return report;
}

/// What became of the answers, for the steps that change them.
void add_answers(const AnswerCheck& check, std::vector<tune::ChecklistStep>& steps) {
  for (tune::ChecklistStep& step : steps) {
    if (!step.before || !step.after || tune::same_answers(*step.before, *step.after)) continue;
    const auto verdict = check.check(*step.after);
    step.answers = verdict ? verdict->text : "";
  }
}

Status run_checklist(const Context& context, const TuneFlags& flags) {
  StopSignal stop = TRY(StopSignal::install());
  TuneProblem problem = TRY(open_problem(context, flags));
  const auto dims = TRY(parse_dims(flags.dims));
  std::error_code error;
  const std::filesystem::path temporary = std::filesystem::temp_directory_path(error);
  const auto folder = TRY(ScratchFolder::make(error ? std::filesystem::path("/tmp") : temporary, "tandem-tune-"));
  std::vector<tune::ChecklistStep> steps = make_checklist({context, flags, folder->path()}, problem);
  tune::EngineTrials trials(context.engines, system_clock(), trial_options(problem, dims));
  const std::unique_ptr<AnswerCheck> check = TRY(AnswerCheck::create(flags, problem, trials));
  add_answers(*check, steps);
  tune::ChecklistOptions options;
  options.budget = std::chrono::nanoseconds(static_cast<std::int64_t>(flags.seconds * 1e9));
  options.cancelled = [&stop] { return stop.has_come(); };
  tune::ChecklistResult result;
  {
    ProgressBar bar;
    result = TRY(tune::measure_checklist(steps, options, {trials, system_clock(), bar.reporter()}));
  }
  stop.release();
  for (tune::ChecklistRow& row : result.rows) row.problem = without_file(row.problem);
  const tune::ChecklistHead head{problem.source.name, machine_fingerprint(), describe_tuned_inputs(problem, dims),
                                 check->data()};
  fmt::print("{}", context.json ? tune::checklist_as_json(head, result) : tune::checklist_as_text(head, result));
  return {};
}

Status run_tune(const Context& context, const TuneFlags& flags) {
  const tune::TuneReport report = TRY(tune_source(context, flags));
  if (!flags.page.empty()) TRY(write_file_atomic(flags.page, tune::tune_as_page(report)));
  fmt::print("{}", context.json ? tune::tune_as_json(report) : tune::tune_as_text(report));
  return {};
}

}  // namespace

void add_tune_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb = add_verb(
      program, {"tune", "Finds the best way to run a model here, proves it, and writes it into the model's config",
                "  tandem tune classification_cnn_digits_20261121\n"
                "  tandem tune model.onnx --goal latency --seconds 20 --html tuned.html\n"
                "  tandem tune segmentation_transunet_phantom_20261121 --max-latency-ms 40 --data phantom:arrest:8"});
  const auto flags = std::make_shared<TuneFlags>();
  flags->add_to(*verb);
  verb->callback([&context, &action, flags] {
    action = [&context, flags] {
      return finish(context, "tune", flags->checklist ? run_checklist(context, *flags) : run_tune(context, *flags));
    };
  });
}

}  // namespace tandem::app
