// SPDX-License-Identifier: Apache-2.0
// tandem optimize: smaller or faster variants of a model, measured against it before anything is written (R3.1, R4.7).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>

#include "app/command.h"
#include "app/models/session_flags.h"
#include "app/optimize/compressed_size.h"
#include "app/optimize/optimize_output.h"
#include "app/optimize/optimize_passes.h"
#include "app/optimize/optimize_report.h"
#include "app/progress_bar.h"
#include "app/verb.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "bench/random_inputs.h"
#include "bench/session_side.h"
#include "bench/statistics.h"
#include "engine/registry.h"
#include "store/sha256.h"

namespace tandem::app {
namespace {

struct OptimizeFlags {
  NetworkFlags network;
  bool fp16 = false;
  bool fp16_io = false;
  std::vector<std::string> int8;  // "dynamic", "static"
  optimize::PruneOptions prune{0, 0};
  std::vector<std::string> calibrate;
  std::vector<std::string> data;
  std::size_t calibrate_count = 100;
  std::size_t data_count = 200;
  double seconds = 20;
  SessionFlags session;
  OutputFlags output;
  bool force = false;
};

/// Everything that was made for one run of the command.
struct Workbench {
  Engine* engine = nullptr;
  Network original;
  std::optional<Pipeline> pipeline;
  ExampleSet calibration;
  ExampleSet data;
  std::vector<Network> variants;
  std::vector<std::unique_ptr<Session>> sessions;  // of the original, then of the variants
};

Status check_flags(const OptimizeFlags& flags) {
  const bool prunes = flags.prune.structured > 0 || flags.prune.magnitude > 0;
  if (!flags.fp16 && flags.int8.empty() && !prunes) {
    return invalid_argument("nothing to do: expected --fp16, --int8=dynamic, --int8=static or --prune SHARE");
  }
  if (std::ranges::count(flags.int8, "static") > 0 && flags.calibrate.empty()) {
    return invalid_argument(
        "--int8=static needs --calibrate: inputs like those the model will meet, as phantom:KIND:SEED, scenes:SEED, a "
        ".npz or a folder of images");
  }
  return check_apart(flags.calibrate, flags.data);
}

SessionFlags cpu_session(const OptimizeFlags& flags) {
  SessionFlags session = flags.session;
  session.device = "cpu";
  return session;
}

Result<Workbench> open_workbench(const Context& context, const OptimizeFlags& flags) {
  Workbench bench;
  bench.original = TRY(read_network(flags.network));
  bench.engine = TRY(context.engines.for_file("model.onnx"));
  TRY(bench.engine->available());
  const SessionOptions options = TRY(cpu_session(flags).options());
  bench.sessions.push_back(TRY(load_network(bench.original, *bench.engine, options)));
  const ModelInfo& info = bench.sessions[0]->info();
  auto config = TRY(network_config(bench.original));
  if (config) {
    config->outputs = bench.original.parts.size() > 1 ? std::vector<OutputConfig>() : std::move(config->outputs);
    bench.pipeline = TRY(Pipeline::create(std::move(*config), info));
  }
  const ExampleReader reader{info, bench.pipeline ? &*bench.pipeline : nullptr};
  bench.calibration = TRY(read_examples(flags.calibrate, flags.calibrate_count, reader));
  bench.data = TRY(read_examples(flags.data, flags.data_count, reader));
  return bench;
}

/// The bases are the pruned network where one is asked for, else the original; each precision is made of it.
Status make_variants(const OptimizeFlags& flags, Workbench& bench, ProgressBar& bar) {
  const optimize::WeightBits bits = optimize::weight_bits_for(cpu_info());
  Network pruned;
  const bool prunes = flags.prune.structured > 0 || flags.prune.magnitude > 0;
  if (prunes) pruned = TRY(read_pruned(flags.network, flags.prune));
  const Network& base = prunes ? pruned : bench.original;
  if (flags.fp16) {
    const auto edges = flags.fp16_io ? optimize::Float16Edges::kHalved : optimize::Float16Edges::kKeep;
    bench.variants.push_back(TRY(make_float16(base, edges)));
  }
  if (std::ranges::count(flags.int8, "dynamic") > 0) bench.variants.push_back(TRY(make_int8_dynamic(base, bits)));
  if (std::ranges::count(flags.int8, "static") > 0) {
    const StaticTools tools{*bench.engine, bench.calibration, bits, [&](double done) { bar.show(0.3 * done); }};
    bench.variants.push_back(TRY(make_int8_static(base, tools)));
  }
  if (prunes) bench.variants.insert(bench.variants.begin(), std::move(pruned));
  return {};
}

/// Inputs for timing: the first held-out examples, else random numbers.
Result<std::vector<std::vector<Tensor>>> timing_inputs(const Workbench& bench) {
  constexpr std::size_t kSets = 8;
  const ExampleSet& examples = bench.data.examples.empty() ? bench.calibration : bench.data;
  std::vector<std::vector<Tensor>> sets;
  for (std::size_t i = 0; i < std::min(kSets, examples.examples.size()); ++i) {
    std::vector<Tensor>& set = sets.emplace_back();
    for (const Tensor& input : examples.examples[i].prepared.inputs) set.push_back(input.view());
  }
  for (std::size_t i = 0; sets.size() < kSets && examples.examples.empty(); ++i) {
    bench::RandomInputOptions random;
    random.seed += i;
    sets.push_back(TRY(bench::make_random_inputs(bench.sessions[0]->info().inputs, random)));
  }
  return sets;
}

/// Without held-out examples, parity is measured on the inputs of timing.
ExampleSet examples_of(const std::vector<std::vector<Tensor>>& sets) {
  ExampleSet examples;
  for (const std::vector<Tensor>& set : sets) {
    Example& example = examples.examples.emplace_back();
    for (const Tensor& input : set) example.prepared.inputs.push_back(input.view());
  }
  return examples;
}

OptimizeRow describe(const Network& network) {
  OptimizeRow row;
  row.label = network.label;
  row.precision = network.precision;
  row.about = network.about;
  for (const NetworkPart& part : network.parts) {
    row.bytes += part.onnx->size();
    row.compressed_bytes += compressed_size(*part.onnx);
  }
  return row;
}

Status measure_speed(const OptimizeFlags& flags, Workbench& bench, OptimizeReport& report, ProgressBar& bar) {
  std::vector<bench::SessionSide> sides;
  for (const auto& session : bench.sessions) sides.emplace_back(*session, system_clock());
  std::vector<bench::Contender> contenders;
  for (std::size_t i = 0; i < sides.size(); ++i) contenders.push_back({report.rows[i].label, &sides[i]});
  const auto again = TRY(load_network(bench.original, *bench.engine, TRY(cpu_session(flags).options())));
  const auto sets = TRY(timing_inputs(bench));
  bench::CompareOptions options;
  options.budget = std::chrono::nanoseconds(static_cast<std::int64_t>(flags.seconds * 1e9));
  bench::SessionSide again_side(*again, system_clock());
  const bench::Comparison comparison = TRY(bench::compare_sides(contenders, again_side, sets, options, system_clock(),
                                                                [&](double done) { bar.show(0.5 + 0.5 * done); }));
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    const bench::ContenderResult& result = comparison.contenders[i];
    if (result.failure) return fail(result.failure->with_context(result.name));
    report.rows[i].p50_ms = bench::summarize(result.samples_ms).p50_ms;
    report.rows[i].runs = result.samples_ms.size();
  }
  for (const bench::PairResult& pair : comparison.pairs) {
    if (pair.first != 0) continue;
    report.rows[pair.second].time = pair.ratio;
    report.rows[pair.second].verdict = pair.verdict;
  }
  report.noise = comparison.noise;
  report.confidence = comparison.confidence;
  report.measured = comparison.measured;
  return {};
}

Result<OptimizeReport> measure(const OptimizeFlags& flags, Workbench& bench, ProgressBar& bar) {
  OptimizeReport report;
  report.model = bench.original.name;
  report.engine =
      fmt::format("{} {}: {}", bench.engine->name(), bench.engine->version(), bench.sessions[0]->describe());
  report.threads = flags.session.threads > 0 ? flags.session.threads : cpu_budget().cores;
  report.calibration = bench.calibration.description;
  report.data = bench.data.description;
  report.rows.push_back(describe(bench.original));
  const SessionOptions options = TRY(cpu_session(flags).options());
  for (const Network& network : bench.variants) {
    report.rows.push_back(describe(network));
    bench.sessions.push_back(TRY(load_network(network, *bench.engine, options)));
  }
  std::vector<Session*> sessions;
  for (const auto& session : bench.sessions) sessions.push_back(session.get());
  const ExampleSet random = examples_of(TRY(timing_inputs(bench)));
  const ExampleSet& examples = bench.data.examples.empty() ? random : bench.data;
  const auto scores = TRY(score_variants(sessions, examples, bench.pipeline ? &*bench.pipeline : nullptr,
                                         [&](double done) { bar.show(0.3 + 0.2 * done); }));
  for (std::size_t i = 0; i < scores.size(); ++i) {
    report.rows[i].score = scores[i];
    if (scores[i].parity.sound()) continue;
    return fail(Code::kDataLoss,
                fmt::format("{} gives values that are not finite numbers: nothing was written", report.rows[i].label));
  }
  TRY(measure_speed(flags, bench, report, bar));
  return report;
}

Status write_all(const Context& context, const OptimizeFlags& flags, const Workbench& bench, OptimizeReport& report) {
  for (std::size_t i = 0; i < bench.variants.size(); ++i) {
    const Network& network = bench.variants[i];
    if (!flags.output.output.empty()) {
      const auto path = variant_path(flags.output.output, network, bench.variants.size() == 1);
      for (std::string& file : TRY(write_files(network, path))) report.written.push_back(std::move(file));
    }
    if (!flags.output.to_store.empty()) {
      const Provenance provenance{report, report.rows[i + 1], sha256_hex(*bench.original.parts.front().onnx)};
      auto names = TRY(add_to_store(context, network, flags.output, provenance));
      for (std::string& name : names) report.written.push_back(std::move(name));
    }
  }
  return {};
}

/// The exit code: what is refused is told with the table, which with --json is the one document there is.
Result<int> run_optimize(const Context& context, const OptimizeFlags& flags) {
  TRY(check_flags(flags));
  OptimizeReport report;
  {
    ProgressBar bar;
    Workbench bench = TRY(open_workbench(context, flags));
    TRY(make_variants(flags, bench, bar));
    TRY(check_free(bench.variants, flags.output));
    report = TRY(measure(flags, bench, bar));
    if (!flags.force) report.refused = why_refused(report.rows);
    if (report.refused.empty()) TRY(write_all(context, flags, bench, report));
  }
  fmt::print("{}", context.json ? optimize_as_json(report) : optimize_as_text(report));
  if (report.refused.empty()) return kExitOk;
  fmt::print(stderr, "tandem optimize: {}\n", report.refused);
  return kExitFailed;
}

void add_passes(CLI::App& verb, OptimizeFlags& flags) {
  auto* fp16 = verb.add_flag("--fp16", flags.fp16, "Weights and values in between as float16: half the size");
  verb.add_flag("--fp16-io", flags.fp16_io, "Inputs and outputs become float16, too")->needs(fp16);
  verb.add_option("--int8", flags.int8,
                  "dynamic: products of matrices, ranges found in each run; static: convolutions, too, ranges from "
                  "--calibrate")
      ->delimiter(',')
      ->check(CLI::IsMember({"dynamic", "static"}))
      ->type_name("dynamic|static");
  verb.add_option("--prune", flags.prune.structured, "Cuts this share of a captioner's hidden and attention units out")
      ->check(CLI::Range(0.0, 0.95))
      ->type_name("SHARE");
  verb.add_option("--magnitude", flags.prune.magnitude, "Sets this share of each matrix, its smallest numbers, to 0")
      ->check(CLI::Range(0.0, 0.95))
      ->type_name("SHARE");
}

void add_sources(CLI::App& verb, OptimizeFlags& flags) {
  const std::string kinds = "phantom:KIND:SEED, scenes:SEED, a .npz (inputs and label) or a folder of images";
  verb.add_option("--calibrate", flags.calibrate, "What ranges are found on: " + kinds)->type_name("SOURCE");
  verb.add_option("--data", flags.data, "Held-out examples for the task's metric: " + kinds)->type_name("SOURCE");
  verb.add_option("--calibrate-count", flags.calibrate_count, "So many examples of --calibrate")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  verb.add_option("--data-count", flags.data_count, "So many examples of --data")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
}

void add_rest(CLI::App& verb, OptimizeFlags& flags) {
  verb.add_option("-o,--output", flags.output.output,
                  "The optimized model, its config beside it; of several variants each has its label in the name")
      ->type_name("FILE");
  verb.add_option("--to-store", flags.output.to_store,
                  "Adds it to this store, with the variant behind the architecture of its name")
      ->type_name("FOLDER");
  verb.add_flag("--overwrite", flags.output.overwrite, "Replace files that exist");
  verb.add_flag("--force", flags.force, "Write an int8 model even where it is slower than the original");
  verb.add_option("--seconds", flags.seconds, "Measure speed at most this long")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str()
      ->type_name("T");
  verb.add_option("--threads", flags.session.threads, "Threads of one run; 0: all cores of the budget")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str()
      ->type_name("N");
  verb.add_option("--image-size", flags.network.image_size,
                  "Height and width of a checkpoint's input where the network takes any")
      ->check(CLI::Range(1, 8192));
  verb.add_option("--store", flags.network.store, "The store in which the name is looked up")->capture_default_str();
}

}  // namespace

void add_optimize_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb = add_verb(
      program,
      {"optimize", "Makes smaller or faster variants of a model, and measures what that costs",
       "  tandem optimize segmentation_transunet_phantom_20261121 --fp16 --int8=static \\\n"
       "    --calibrate phantom:arrest:7 --calibrate phantom:rosc:7 --data phantom:arrest:8 --data phantom:rosc:8 "
       "-o carotid.onnx\n"
       "  tandem optimize models/checkpoints/caption_mobilenetv3-gru_scenes_20261121.pth \\\n"
       "    --prune 0.3 --magnitude 0.1 --data scenes:held-out -o captioner.onnx"});
  const auto flags = std::make_shared<OptimizeFlags>();
  verb->add_option("model", flags->network.model, "A model file, a name in the store, or a captioner's .pth")
      ->required()
      ->type_name("FILE|NAME");
  add_passes(*verb, *flags);
  add_sources(*verb, *flags);
  add_rest(*verb, *flags);
  verb->callback([&context, &action, flags] {
    action = [&context, flags] {
      const Result<int> code = run_optimize(context, *flags);
      return code ? *code : finish(context, "optimize", fail(code.error()));
    };
  });
}

}  // namespace tandem::app
