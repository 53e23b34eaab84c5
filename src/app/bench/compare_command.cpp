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
#include "base/file.h"
#include "bench/compare_report.h"

namespace tandem::app {
namespace {

struct CompareFlags {
  ContenderFlags contenders;
  CompareInputOptions inputs;
  double seconds = 20;
  double tolerance = 1e-3;
  std::string samples_out;
};

Result<bench::CompareReport> compare_all(const Context& context, CompareFlags& flags) {
  CompareLoader loader(context, flags.contenders);
  const std::vector<LoadedContender> loaded = TRY(loader.load_all());
  const auto reference = std::ranges::find_if(loaded, [](const auto& one) { return one.process != nullptr; });
  // The reference once more: what it differs from itself is the machine's noise.
  const auto again = TRY(loader.load_again(*reference));
  const ModelInfo& info = reference->process->info();
  flags.inputs.config = reference->source.config;
  const std::vector<std::vector<Tensor>> sets = TRY(make_input_sets(info, flags.inputs));

  bench::CompareReport report;
  std::vector<bench::Contender> contenders;
  for (const LoadedContender& one : loaded) {
    report.models.push_back(one.described);
    contenders.push_back({one.name, one.process.get(), one.failure});
  }
  report.inputs = bench::describe_inputs(info, sets);
  report.tolerance = flags.tolerance;
  report.budget_s = flags.seconds;
  report.processes = bench::Processes::kOneEach;
  bench::CompareOptions options;
  options.budget = std::chrono::nanoseconds(static_cast<std::int64_t>(flags.seconds * 1e9));
  options.tolerance = flags.tolerance;
  ProgressBar bar;
  report.comparison = TRY(bench::compare_sides(contenders, *again, sets, options, system_clock(), bar.reporter()));
  return report;
}

Status run_compare(const Context& context, CompareFlags flags) {
  const bench::CompareReport report = TRY(compare_all(context, flags));
  if (!flags.samples_out.empty()) TRY(write_file_atomic(flags.samples_out, bench::samples_as_json(report)));
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
                  "Engines to compare, with commas between; the first one is the reference")
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
  verb.add_option("--device", flags.contenders.session.device, "Where all of them run: cpu, cuda or auto")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->default_val("cpu")
      ->type_name("DEVICE");
  verb.add_option("--tolerance", flags.tolerance, "By how much of its largest value an output may differ")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  verb.add_option("--store", flags.contenders.store, "The store in which names are looked up")->capture_default_str();
  verb.add_option("--samples-out", flags.samples_out, "Writes every sample to a JSON file")->type_name("FILE");
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
