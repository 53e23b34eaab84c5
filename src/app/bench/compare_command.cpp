// SPDX-License-Identifier: Apache-2.0
// tandem compare: engines, or models, side by side on the same inputs (R0.9).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>

#include "app/bench/compare_inputs.h"
#include "app/command.h"
#include "app/models/model_source.h"
#include "app/progress_bar.h"
#include "app/verb.h"
#include "base/file.h"
#include "bench/compare_report.h"
#include "engine/engine_file.h"

namespace tandem::app {
namespace {

struct CompareFlags {
  std::vector<std::string> models;
  std::string store = "models";
  std::vector<std::string> engines;
  CompareInputOptions inputs;
  SessionFlags session;
  double seconds = 20;
  double tolerance = 1e-3;
  std::string samples_out;
};

/// One model with one engine, loaded.
struct Loaded {
  std::string name;
  bench::ComparedModel described;
  ModelSource source;
  LoadedModel model;
};

Result<Loaded> load_one(const Context& context, const CompareFlags& flags, const std::string& model,
                        const std::string& engine) {
  Loaded loaded;
  loaded.source = TRY(find_model(model, flags.store));
  SessionFlags session = flags.session;
  session.engine = engine;
  const SteadyTime begin = system_clock().now();
  loaded.model = TRY(load_model(context, session, loaded.source.weights));
  loaded.described.load_ms = std::chrono::duration<double, std::milli>(system_clock().now() - begin).count();
  loaded.described.engine = fmt::format("{} {}", loaded.model.engine->name(), loaded.model.engine->version());
  loaded.described.model = TRY(file_for_engine(*loaded.model.engine, loaded.source.weights)).string();
  loaded.described.options = loaded.model.session->describe();
  loaded.name = flags.models.size() > 1 ? loaded.source.name : std::string(loaded.model.engine->name());
  return loaded;
}

Result<std::vector<Loaded>> load_all(const Context& context, const CompareFlags& flags) {
  if (flags.models.size() > 1 && flags.engines.size() > 1) {
    return invalid_argument("compare takes several engines for one model, or several models for one engine");
  }
  if (flags.models.size() == 1 && flags.engines.size() < 2) {
    return invalid_argument(
        fmt::format("there is nothing to compare {} with: expected --engines A,B or a second model", flags.models[0]));
  }
  const std::vector<std::string> engines = flags.engines.empty() ? std::vector<std::string>{""} : flags.engines;
  std::vector<Loaded> all;
  for (const std::string& model : flags.models) {
    for (const std::string& engine : engines) {
      Loaded loaded = TRY(load_one(context, flags, model, engine));
      const auto same = std::ranges::count_if(all, [&](const Loaded& other) {
        return other.source.name == loaded.source.name && other.model.engine == loaded.model.engine;
      });
      if (same > 0) loaded.name += fmt::format(" ({})", same + 1);
      all.push_back(std::move(loaded));
    }
  }
  return all;
}

Status run_compare(const Context& context, CompareFlags flags) {
  const std::vector<Loaded> loaded = TRY(load_all(context, flags));
  // The first one once more: what it differs from itself is the machine's noise.
  const Loaded again = TRY(load_one(context, flags, flags.models[0], std::string(loaded[0].model.engine->name())));
  const ModelInfo& info = loaded[0].model.session->info();
  flags.inputs.config = loaded[0].source.config;
  const std::vector<std::vector<Tensor>> sets = TRY(make_input_sets(info, flags.inputs));

  bench::CompareReport report;
  std::vector<bench::Contender> contenders;
  for (const Loaded& one : loaded) {
    report.models.push_back(one.described);
    contenders.push_back({one.name, one.model.session.get()});
  }
  report.inputs = bench::describe_inputs(info, sets);
  report.tolerance = flags.tolerance;
  report.budget_s = flags.seconds;
  bench::CompareOptions options;
  options.budget = std::chrono::nanoseconds(static_cast<std::int64_t>(flags.seconds * 1e9));
  options.tolerance = flags.tolerance;
  ProgressBar bar;
  report.comparison =
      TRY(bench::compare_sessions(contenders, *again.model.session, sets, options, system_clock(), bar.reporter()));
  if (!flags.samples_out.empty()) TRY(write_file_atomic(flags.samples_out, bench::samples_as_json(report)));
  fmt::print("{}", context.json ? bench::report_as_json(report) : bench::report_as_text(report));
  return {};
}

void add_flags(CLI::App& verb, CompareFlags& flags) {
  verb.add_option("model", flags.models, "A model file or a name in the store; several are compared with each other")
      ->required()
      ->expected(1, 8)
      ->type_name("FILE|NAME");
  verb.add_option("--engines", flags.engines, "Engines to compare, with commas between; the first one is the reference")
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
  verb.add_option("--threads", flags.session.threads, "Threads of one run, for each; 0: all cores of the budget")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str()
      ->type_name("N");
  flags.session.device = "cpu";
  flags.session.add_device_options(verb);
  verb.add_option("--tolerance", flags.tolerance, "By how much of its largest value an output may differ")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  verb.add_option("--store", flags.store, "The store in which names are looked up")->capture_default_str();
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
