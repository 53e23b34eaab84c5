// SPDX-License-Identifier: Apache-2.0
// The flags of a session, and how they choose an engine.
#include "app/models/session_flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "engine/engine_file.h"
#include "engine/registry.h"

namespace tandem::app {

void SessionFlags::add_to(CLI::App& verb) {
  verb.add_option("--engine", engine, "The engine that runs the model (see tandem devices)")->type_name("NAME");
  verb.add_option("--device", device, "Where it runs: auto, cpu or cuda")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->type_name("DEVICE");
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
}

Result<SessionOptions> SessionFlags::options() const {
  SessionOptions options;
  options.device = TRY(parse_device(device));
  if (!graph_optimization.empty()) options.graph_optimization = TRY(parse_graph_optimization(graph_optimization));
  if (!precision.empty()) options.precision = TRY(parse_compute_precision(precision));
  options.threads = threads;
  options.spin = spin;
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
