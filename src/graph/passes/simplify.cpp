// SPDX-License-Identifier: Apache-2.0
// The list of passes, and the rounds.
#include "graph/passes/simplify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "graph/verify.h"

namespace tandem::graph {
namespace {

constexpr std::array<Pass, 10> kPasses = {{
    {"identities", "operators that change nothing are taken out", true, remove_identities},
    {"constants", "what depends on constants alone is computed", true, fold_constants},
    {"casts", "a cast of a cast that lost nothing becomes one", true, merge_casts},
    {"reshapes", "reshapes that follow each other become one", true, merge_reshapes},
    {"transposes", "transposes cancel out, also past operators that work element by element", true, merge_transposes},
    {"pads", "padding with zeros becomes part of the convolution behind it", true, fold_pads},
    {"batch-norm", "a BatchNormalization becomes part of the weights before it", true, fold_batch_norm},
    {"shared-weights", "equal constants are stored once", true, share_initializers},
    {"dead-nodes", "what no output needs is taken out", true, remove_dead_nodes},
    {"note-shapes", "the shapes between the operators are written into the file", false, note_shapes},
}};

Status check_names(const PassOptions& options) {
  for (const auto& names : {options.off, options.added}) {
    for (const std::string& name : names) {
      if (std::any_of(kPasses.begin(), kPasses.end(), [&](const Pass& pass) { return pass.name == name; })) continue;
      std::string known;
      for (const Pass& pass : kPasses) known += fmt::format("{}{}", known.empty() ? "" : ", ", pass.name);
      return invalid_argument(fmt::format("there is no pass '{}'; the passes are {}", name, known));
    }
  }
  return {};
}

bool runs(const Pass& pass, const PassOptions& options) {
  return !options.off.contains(pass.name) && (pass.by_default || options.added.contains(pass.name));
}

std::uint64_t weight_bytes(const Graph& graph) {
  std::uint64_t bytes = 0;
  for (const Initializer& weight : graph.initializers) bytes += weight.tensor.byte_size();
  return bytes;
}

Result<std::size_t> run_one(const Pass& pass, Model& model, const PassLimits& limits) {
  const auto changes = pass.run(model, limits);
  if (!changes) return fail(changes.error().with_context(fmt::format("the pass '{}'", pass.name)));
  const Status sound = verify(model);
  if (!sound) return fail(sound.error().with_context(fmt::format("after the pass '{}'", pass.name)));
  return *changes;
}

}  // namespace

std::span<const Pass> all_passes() { return kPasses; }

std::string to_string(const SimplifyReport& report) {
  const auto busy = std::count_if(report.passes.begin(), report.passes.end(),
                                  [](const PassReport& pass) { return pass.changes > 0; });
  return fmt::format("{} nodes became {}; {} of {} passes changed something", report.nodes_before, report.nodes_after,
                     busy, report.passes.size());
}

Result<SimplifyReport> simplify(Model& model, const PassOptions& options) {
  TRY(check_names(options));
  SimplifyReport report;
  report.nodes_before = report.nodes_after = model.graph.nodes.size();
  report.weight_bytes_before = report.weight_bytes_after = weight_bytes(model.graph);
  if (!options.enabled) return report;
  TRY(verify(model));
  std::vector<const Pass*> chosen;
  for (const Pass& pass : kPasses) {
    if (!runs(pass, options)) continue;
    chosen.push_back(&pass);
    report.passes.push_back({std::string(pass.name), 0, {}});
  }
  for (bool changed = true; changed && report.rounds < kMaxRounds; ++report.rounds) {
    changed = false;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const SteadyTime begin = system_clock().now();
      const std::size_t changes = TRY(run_one(*chosen[i], model, options.limits));
      report.passes[i].time += system_clock().now() - begin;
      report.passes[i].changes += changes;
      changed = changed || changes > 0;
    }
  }
  report.nodes_after = model.graph.nodes.size();
  report.weight_bytes_after = weight_bytes(model.graph);
  return report;
}

}  // namespace tandem::graph
