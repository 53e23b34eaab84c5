// SPDX-License-Identifier: Apache-2.0
// tandem compare: engines, or models, side by side on the same inputs (R0.9).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>

#include "app/bench/compare_inputs.h"
#include "app/bench/compare_loader.h"
#include "app/command.h"
#include "app/progress_bar.h"
#include "app/verb.h"
#include "base/cpu.h"
#include "base/file.h"
#include "base/machine_watch.h"
#include "bench/compare_page.h"
#include "bench/compare_report.h"
#include "bench/input_mistakes.h"

namespace tandem::app {
namespace {

struct CompareFlags {
  ContenderFlags contenders;
  CompareInputOptions inputs;
  double seconds = 20;
  double tolerance = 1e-3;
  std::string samples_out;
  std::string page;
};

bench::CompareOptions comparison_options(const CompareFlags& flags, const std::optional<ModelConfig>& config) {
  bench::CompareOptions options;
  options.budget = std::chrono::nanoseconds(static_cast<std::int64_t>(flags.seconds * 1e9));
  options.tolerance = flags.tolerance;
  if (!config) return options;
  for (const OutputConfig& output : config->outputs) {
    if (output.postprocess != Postprocess::kSegmentation) continue;
    // A sigmoid makes one half of a logit of 0.
    options.masks[output.name] = {output.activation == Activation::kSigmoid ? 0.0 : 0.5};
  }
  return options;
}

/// Whoever answers otherwise is given the usual mistakes' inputs.
void explain_answers(const std::vector<LoadedContender>& loaded, const std::vector<Tensor>& set,
                     bench::CompareReport& report) {
  const std::size_t reference = report.comparison.reference;
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    const bench::ContenderResult& result = report.comparison.contenders[i];
    if (i == reference || result.failure || result.agreement.within) continue;
    const auto found = bench::find_input_mistake(*loaded[reference].process, *loaded[i].process, set, report.tolerance);
    if (!found || !*found) continue;
    report.warnings.push_back(fmt::format("{} would answer as {} does if its inputs were changed: {}", result.name,
                                          report.comparison.contenders[reference].name, **found));
  }
}

/// Of who still runs, after the last run.
void note_memory(const std::vector<LoadedContender>& loaded, bench::CompareReport& report) {
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    if (loaded[i].process == nullptr) continue;
    if (const auto use = loaded[i].process->memory()) report.models[i].memory = *use;
  }
}

void describe_loaded(const std::vector<LoadedContender>& loaded, std::size_t reference, bench::CompareReport& report) {
  for (const LoadedContender& one : loaded) report.models.push_back(one.described);
  report.warnings = describe_config_differences(loaded, reference);
  report.machine_facts = machine_facts();
  report.processes = bench::Processes::kOneEach;
}

Result<bench::CompareReport> compare_all(const Context& context, CompareFlags& flags) {
  const CompareLoader loader(context, flags.contenders);
  const std::vector<LoadedContender> loaded = TRY(loader.load_all());
  const auto reference = std::ranges::find_if(loaded, [](const auto& one) { return one.process != nullptr; });
  // The reference once more: what it differs from itself is the machine's noise.
  const auto again = TRY(loader.load_again(*reference));
  const ModelInfo& info = reference->process->info();
  flags.inputs.config = reference->source.config;
  const std::vector<std::vector<Tensor>> sets = TRY(make_input_sets(info, flags.inputs));

  bench::CompareReport report;
  describe_loaded(loaded, static_cast<std::size_t>(reference - loaded.begin()), report);
  report.inputs = bench::describe_inputs(info, sets);
  report.conditions = describe_conditions(flags.contenders);
  report.tolerance = flags.tolerance;
  report.budget_s = flags.seconds;
  std::vector<bench::Contender> contenders;
  for (const LoadedContender& one : loaded) contenders.push_back({one.name, one.process.get(), one.failure});
  const bench::CompareOptions options = comparison_options(flags, reference->config);
  const MachineCounters before = read_machine_counters();
  ProgressBar bar;
  report.comparison = TRY(bench::compare_sides(contenders, *again, sets, options, system_clock(), bar.reporter()));
  const int cores = cpu_budget().online;
  report.disturbance = to_string(find_disturbance(before, read_machine_counters(), cores), cores);
  note_memory(loaded, report);
  explain_answers(loaded, sets[0], report);
  return report;
}

Status run_compare(const Context& context, CompareFlags flags) {
  const bench::CompareReport report = TRY(compare_all(context, flags));
  if (!flags.samples_out.empty()) TRY(write_file_atomic(flags.samples_out, bench::samples_as_json(report)));
  if (!flags.page.empty()) TRY(write_file_atomic(flags.page, bench::report_as_page(report)));
  fmt::print("{}", context.json ? bench::report_as_json(report) : bench::report_as_text(report));
  return {};
}

void add_flags(CLI::App& verb, CompareFlags& flags) {
  verb.add_option("model", flags.contenders.models,
                  "A model file or a name in the store; several are compared with each other")
      ->required()
      ->expected(1, 8)
      ->type_name("FILE|NAME");
  verb.add_option("--engines", flags.contenders.engines,
                  "Engines to compare, with commas between; the first one is the reference. NAME:KEY=VALUE gives "
                  "options of its own: threads, precision, graph_optimization, device")
      ->delimiter(',')
      ->type_name("NAME,...");
  verb.add_option("--input", flags.inputs.files,
                  "Images or .npy files, or NAME=FILE.npy for each input; random numbers if not given")
      ->type_name("FILE");
  verb.add_option("--batch", flags.inputs.batch, "Of random inputs, where the model leaves the first dimension open")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str()
      ->type_name("B");
  verb.add_option("--seconds", flags.seconds, "Measure at most this long; it ends earlier when the difference is clear")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str()
      ->type_name("T");
  verb.add_option("--threads", flags.contenders.session.threads,
                  "Threads of one run, for each; 0: all cores of the budget")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str()
      ->type_name("N");
  flags.contenders.session.device = "cpu";
  flags.contenders.session.add_device_options(verb);
  verb.add_option("--precision", flags.contenders.session.precision,
                  "What float32 models are computed in: fp32, bf16 or fp16")
      ->check(CLI::IsMember({"fp32", "bf16", "fp16"}))
      ->capture_default_str()
      ->type_name("PRECISION");
  verb.add_option("--tolerance", flags.tolerance, "By how much of its largest value an output may differ")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  verb.add_option("--store", flags.contenders.store, "The store in which names are looked up")->capture_default_str();
  verb.add_option("--samples-out", flags.samples_out, "Writes every sample, the rounds and the machine to a JSON file")
      ->type_name("FILE");
  verb.add_option("--html", flags.page, "Writes a page: intervals, distributions, rounds, answers, conditions")
      ->type_name("FILE");
}

}  // namespace

void add_compare_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb = add_verb(
      program, {"compare", "Compares engines, or models, on the same inputs: answers first, then times with intervals",
                "  tandem compare classification_cnn_digits_20261121 --engines onnxruntime,python\n"
                "  tandem compare model.onnx model_int8.onnx --input a.npy --input b.npy"});
  const auto flags = std::make_shared<CompareFlags>();
  add_flags(*verb, *flags);
  verb->callback([&context, &action, flags] {
    action = [&context, flags] { return finish(context, "compare", run_compare(context, *flags)); };
  });
}

}  // namespace tandem::app
