// SPDX-License-Identifier: Apache-2.0
// Read, build, check, write; what stands in the file is checked before anything is written.
#include "convert/checked/checked_conversion.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "convert/checked/conversion_files.h"
#include "convert/importer/importer.h"
#include "graph/opset/convert_opset.h"

namespace tandem::convert {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

enum Step : std::size_t { kRead, kSimplify, kCheck, kWrite };  // indices of kConversionSteps

/// What the model file says of where it comes from (R0.5).
void stamp(Conversion& conversion, const ConversionRequest& request, const std::string& format) {
  for (ConvertedModel& model : conversion.models) {
    model.model.producer_version = request.program_version;
    auto& metadata = model.model.metadata;
    metadata["network"] = conversion.network;
    metadata["task"] = conversion.task;
    metadata["source"] = request.checkpoint.filename().string();
    metadata["source_format"] = format;
    for (const auto& [key, value] : conversion.facts) metadata["network." + key] = value;
  }
}

/// A model that is in the opset already keeps the IR version that its importer gave it.
Status simplify_all(ConversionOutcome& outcome, const ConversionRequest& request) {
  for (ConvertedModel& model : outcome.conversion.models) {
    outcome.passes.push_back(TRY(graph::simplify(model.model, request.passes)));
    if (model.model.opset() == request.options.opset) continue;
    const Status written = graph::convert_opset(model.model, request.options.opset);
    if (!written) return fail(written.error().with_context(fmt::format("opset {}", request.options.opset)));
  }
  return {};
}

Json passes_as_json(const graph::SimplifyReport& report) {
  Json passes = Json::array();
  for (const graph::PassReport& pass : report.passes) {
    passes.push_back({{"name", pass.name},
                      {"changes", pass.changes},
                      {"seconds", std::chrono::duration<double>(pass.time).count()}});
  }
  return {{"nodes_before", report.nodes_before},
          {"nodes_after", report.nodes_after},
          {"weights_bytes_before", report.weight_bytes_before},
          {"weights_bytes_after", report.weight_bytes_after},
          {"rounds", report.rounds},
          {"passes", passes}};
}

Status refuse_overwriting(const Conversion& conversion, const ConversionRequest& request) {
  if (request.overwrite) return {};
  const std::vector<fs::path> found = files_in_the_way(conversion, request.output);
  if (found.empty()) return {};
  return fail(Code::kAlreadyExists, fmt::format("{} exists already: give another output, or overwrite it (--overwrite)",
                                                found.front().string()));
}

Status refuse_disparity(const ConversionOutcome& outcome, const ConversionRequest& request) {
  for (const OutputParity& parity : outcome.parity) {
    if (parity.within) continue;
    return fail(
        Code::kFailedPrecondition,
        fmt::format("the converted model does not agree with {}: output '{}' is off by up to {:.3g} where {:.3g} "
                    "is allowed; nothing was written",
                    request.reference.file.string(), parity.output, parity.max_absolute,
                    request.reference.tolerance * parity.largest));
  }
  return {};
}

}  // namespace

Result<ConversionOutcome> convert_checkpoint(const ConversionRequest& request, const EngineRegistry& engines,
                                             const StepReporter& report) {
  const auto begin_step = [&](std::size_t step) { return report ? report(step) : Status(); };
  const SteadyTime begin = system_clock().now();
  TRY(begin_step(kRead));
  ImportedModel imported = TRY(import_model(request.checkpoint, request.options));
  ConversionOutcome outcome;
  outcome.format = std::move(imported.format);
  outcome.foreign_globals = std::move(imported.foreign_globals);
  outcome.conversion = std::move(imported.conversion);
  stamp(outcome.conversion, request, outcome.format);
  TRY(refuse_overwriting(outcome.conversion, request));
  TRY(begin_step(kSimplify));
  TRY(simplify_all(outcome, request));
  TRY(begin_step(kCheck));
  outcome.parity = TRY(check_models(engines, outcome.conversion, request.reference));
  TRY(refuse_disparity(outcome, request));
  TRY(begin_step(kWrite));
  outcome.files = TRY(write_conversion(outcome.conversion, request.output));
  outcome.seconds = std::chrono::duration<double>(system_clock().now() - begin).count();
  outcome.conversion.models.clear();  // their weights lie in the checkpoint's mapping, which ends here
  return outcome;
}

std::string outcome_as_json(const ConversionOutcome& outcome) {
  Json facts = Json::object();
  for (const auto& [key, value] : outcome.conversion.facts) facts[key] = value;
  Json parity = Json::array();
  for (const OutputParity& one : outcome.parity) {
    parity.push_back({{"output", one.output}, {"max_absolute", one.max_absolute}, {"largest", one.largest}});
  }
  Json simplified = Json::array();
  for (const graph::SimplifyReport& report : outcome.passes) simplified.push_back(passes_as_json(report));
  Json files = Json::array();
  for (const fs::path& file : outcome.files) files.push_back(file.string());
  const Json document = {{"network", outcome.conversion.network},
                         {"task", outcome.conversion.task},
                         {"format", outcome.format},
                         {"facts", facts},
                         {"unused", outcome.conversion.unused},
                         {"warnings", outcome.conversion.warnings},
                         {"missing", outcome.conversion.missing},
                         {"foreign_globals", outcome.foreign_globals},
                         {"simplified", simplified},
                         {"parity", parity},
                         {"files", files},
                         {"seconds", outcome.seconds}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tandem::convert
