// SPDX-License-Identifier: Apache-2.0
// The flags of a session, and how they choose an engine.
#include "app/models/session_flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "engine/engine_file.h"
#include "engine/gpu_options.h"
#include "engine/registry.h"

namespace tandem::app {

void SessionFlags::add_to(CLI::App& verb) {
  verb.add_option("--engine", engine, "The engine that runs the model (see tandem devices)")->type_name("NAME");
  add_device_options(verb);
  verb.add_option("--threads", threads, "Threads of one run; 0: measured by serve, else all cores of the budget")
      ->check(CLI::Range(0, 4096))
      ->type_name("N");
  verb.add_option("--graph-optimization", graph_optimization, "none, basic, extended or all (if not given)")
      ->check(CLI::IsMember({"none", "basic", "extended", "all"}))
      ->type_name("LEVEL");
  verb.add_option("--precision", precision, "What float32 models are computed in: fp32, bf16 or fp16 (engine openvino)")
      ->check(CLI::IsMember({"fp32", "bf16", "fp16"}))
      ->type_name("PRECISION");
  verb.add_flag("--spin", spin, "Idle engine threads burn CPU to answer sooner");
  verb.add_flag("--allow-pickle", allow_pickle,
                "Load .pkl and .joblib files, which run the code that is in them (engine python)");
}

void SessionFlags::add_device_options(CLI::App& verb) {
  verb.add_option(
          "--device", device,
          "Where it runs: auto, cpu, cuda or tensorrt; cuda:1 is the second GPU, without a number it is the one "
          "with the most free memory")
      ->type_name("DEVICE");
  verb.add_option("--gpu", gpu,
                  "How the GPU is used: memory_limit_mb=N, arena=powers_of_two|as_requested, "
                  "cudnn_search=exhaustive|heuristic|default, tensorrt_cache=FOLDER")
      ->delimiter(',')
      ->type_name("KEY=VALUE,...");
  verb.add_option(
          "--input-shape", input_shapes,
          "Of an input whose file does not say it (TorchScript): x=-1x3x224x224, ids=int64:1x128; -1 is any size")
      ->type_name("NAME=[TYPE:]SHAPE");
}

Result<SessionOptions> SessionFlags::options() const {
  SessionOptions options;
  TRY(set_device(device, options));
  for (const std::string& setting : gpu) TRY(set_gpu_option(setting, options.gpu));
  for (const std::string& input : input_shapes) options.inputs.push_back(TRY(parse_input_hint(input)));
  if (!graph_optimization.empty()) options.graph_optimization = TRY(parse_graph_optimization(graph_optimization));
  if (!precision.empty()) options.precision = TRY(parse_compute_precision(precision));
  options.threads = threads;
  options.spin = spin;
  options.allow_pickle = allow_pickle;
  options.instances = std::max(1, instances);
  return options;
}

Result<LoadedModel> load_model(const Context& context, const SessionFlags& flags, const std::filesystem::path& weights,
                               const std::string& preferred) {
  const SessionOptions options = TRY(flags.options());
  const std::string& name = flags.engine.empty() ? preferred : flags.engine;
  LoadedModel loaded;
  loaded.engine = name.empty() ? TRY(context.engines.for_file(weights)) : TRY(context.engines.find(name));
  TRY(loaded.engine->available());
  const std::filesystem::path file = TRY(file_for_engine(*loaded.engine, weights));
  loaded.session = TRY(loaded.engine->load(file, options));
  return loaded;
}

}  // namespace tandem::app
