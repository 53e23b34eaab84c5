// SPDX-License-Identifier: Apache-2.0
// Read, build, check, write. The files grow beside the check, but take their places only when everything is right.
#include "convert/checked/checked_conversion.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <nlohmann/json.hpp>
#include <stop_token>

#include "base/clock.h"
#include "convert/checked/conversion_files.h"
#include "convert/importer/importer.h"
#include "graph/opset/convert_opset.h"
#include "store/sha256.h"

namespace tandem::convert {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

enum Step : std::size_t { kRead, kSimplify, kCheck, kWrite };  // indices of kConversionSteps

/// "PyTorch 2.15.0", "Keras 3.15.1"; without a version where the file has none; "" where a file is of no framework.
std::string framework_of(const Conversion& conversion, const std::string& format) {
  const std::string name = format.find("PyTorch") != std::string::npos || format.find("Torch") != std::string::npos
                               ? "PyTorch"
                           : format.find("Keras") != std::string::npos ? "Keras"
                                                                       : "";
  for (const auto& [key, value] : conversion.facts) {
    if ((key == "torch" || key == "keras") && !value.empty()) return name + " " + value;
  }
  return name;
}

/// What the model file says of where it comes from (R0.5), as far as reading tells.
void stamp_origin(ConversionOutcome& outcome, const ConversionRequest& request) {
  for (ConvertedModel& model : outcome.conversion.models) {
    model.model.producer_version = request.program_version;
    auto& metadata = model.model.metadata;
    metadata["network"] = outcome.conversion.network;
    metadata["task"] = outcome.conversion.task;
    metadata["source"] = request.checkpoint.filename().string();
    metadata["source_format"] = outcome.format;
    if (!outcome.framework.empty()) metadata["source_framework"] = outcome.framework;
    for (const auto& [key, value] : outcome.conversion.facts) metadata["network." + key] = value;
  }
}

/// And what is known only when the model's body is on its way to the disk.
void stamp_findings(ConversionOutcome& outcome) {
  for (ConvertedModel& model : outcome.conversion.models) {
    auto& metadata = model.model.metadata;
    metadata["source_sha256"] = outcome.source_sha256;
    if (outcome.check.parity.empty()) continue;
    metadata["check.against"] = outcome.check.against;
    metadata["check.max_error"] = fmt::format("{:.3g}", largest_error(outcome.check));
  }
}

Result<std::vector<ModelFacts>> facts_of(const Conversion& conversion) {
  std::vector<ModelFacts> all;
  for (const ConvertedModel& model : conversion.models) {
    const graph::Graph& graph = model.model.graph;
    ModelFacts facts{model.part, graph.inputs, graph.outputs, model.model.opset(), graph.nodes.size(), 0, {}};
    for (const graph::Initializer& weight : graph.initializers) facts.weights_bytes += weight.tensor.byte_size();
    if (model.sample) {
      for (const NamedTensor& input : model.sample->inputs) {
        Tensor copy = TRY(input.tensor.clone());  // the file's mapping ends with the conversion
        facts.sample.push_back({input.name, std::move(copy)});
      }
    }
    all.push_back(std::move(facts));
  }
  return all;
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

Json specs_as_json(const std::vector<TensorSpec>& specs) {
  Json list = Json::array();
  for (const TensorSpec& spec : specs) list.push_back(to_string(spec));
  return list;
}

Json model_as_json(const ModelFacts& model) {
  return {{"part", model.part},
          {"inputs", specs_as_json(model.inputs)},
          {"outputs", specs_as_json(model.outputs)},
          {"opset", model.opset},
          {"nodes", model.nodes},
          {"weights_bytes", model.weights_bytes}};
}

Status refuse_overwriting(const Conversion& conversion, const ConversionRequest& request) {
  if (request.overwrite) return {};
  const std::vector<fs::path> found = files_in_the_way(conversion, request.output);
  if (found.empty()) return {};
  return fail(Code::kAlreadyExists, fmt::format("{} exists already: give another output, or overwrite it (--overwrite)",
                                                found.front().string()));
}

Status refuse_disparity(const CheckedModels& check, const ConversionRequest& request) {
  for (const OutputParity& parity : check.parity) {
    if (parity.within) continue;
    return fail(
        Code::kFailedPrecondition,
        fmt::format("the converted model does not agree with {}: output '{}' is off by up to {:.3g} where {:.3g} "
                    "is allowed; nothing was written",
                    request.reference.file.empty() ? check.against : request.reference.file.string(), parity.output,
                    parity.max_absolute, request.reference.tolerance * parity.largest));
  }
  return {};
}

/// The file's hash, made beside the rest by a thread of its own, which ends early when nobody has asked for it.
class SourceDigest final {
 public:
  explicit SourceDigest(const fs::path& file)
      : digest_(
            std::async(std::launch::async, [file, token = stop_.get_token()] { return digest_file(file, token); })) {}
  SourceDigest(const SourceDigest&) = delete;
  SourceDigest& operator=(const SourceDigest&) = delete;
  ~SourceDigest() { stop_.request_stop(); }

  Result<FileDigest> get() { return digest_.get(); }

 private:
  std::stop_source stop_;
  std::future<Result<FileDigest>> digest_;  // destroyed first: it waits
};

/// Opens the engine's library while the checkpoint is read; whether that went well is asked when the engine is needed.
std::future<void> open_early(const EngineRegistry& engines) {
  return std::async(std::launch::async, [&engines] {
    if (const auto engine = engines.find("onnxruntime")) static_cast<void>((*engine)->available());
  });
}

}  // namespace

Result<ConversionOutcome> convert_checkpoint(const ConversionRequest& request, const EngineRegistry& engines,
                                             const StepReporter& report) {
  const auto begin_step = [&](std::size_t step) { return report ? report(step) : Status(); };
  const SteadyTime begin = system_clock().now();
  TRY(begin_step(kRead));
  SourceDigest digest(request.checkpoint);
  const std::future<void> opened = open_early(engines);
  ImportedModel imported = TRY(import_model(request.checkpoint, request.options));
  ConversionOutcome outcome;
  outcome.format = std::move(imported.format);
  outcome.foreign_globals = std::move(imported.foreign_globals);
  outcome.conversion = std::move(imported.conversion);
  outcome.framework = framework_of(outcome.conversion, outcome.format);
  TRY(refuse_overwriting(outcome.conversion, request));
  TRY(begin_step(kSimplify));
  TRY(simplify_all(outcome, request));
  stamp_origin(outcome, request);
  TRY(begin_step(kCheck));
  ConversionWriter writer(outcome.conversion, request.output);
  outcome.check = TRY(check_models(engines, outcome.conversion, request.reference));
  TRY(refuse_disparity(outcome.check, request));
  const FileDigest source = TRY(digest.get());
  outcome.source = request.checkpoint;
  outcome.source_sha256 = source.sha256;
  outcome.source_bytes = source.bytes;
  outcome.models = TRY(facts_of(outcome.conversion));
  TRY(begin_step(kWrite));
  stamp_findings(outcome);
  outcome.files = TRY(writer.finish());
  outcome.seconds = std::chrono::duration<double>(system_clock().now() - begin).count();
  outcome.conversion.models.clear();  // their weights lie in the checkpoint's mapping, which ends here
  return outcome;
}

double largest_error(const CheckedModels& check) {
  double worst = 0;
  for (const OutputParity& parity : check.parity) {
    worst = std::max(worst, parity.largest > 0 ? parity.max_absolute / parity.largest : parity.max_absolute);
  }
  return worst;
}

std::string outcome_as_json(const ConversionOutcome& outcome) {
  Json facts = Json::object();
  for (const auto& [key, value] : outcome.conversion.facts) facts[key] = value;
  Json parity = Json::array();
  for (const OutputParity& one : outcome.check.parity) {
    parity.push_back({{"output", one.output}, {"max_absolute", one.max_absolute}, {"largest", one.largest}});
  }
  Json models = Json::array();
  for (const ModelFacts& model : outcome.models) models.push_back(model_as_json(model));
  Json simplified = Json::array();
  for (const graph::SimplifyReport& report : outcome.passes) simplified.push_back(passes_as_json(report));
  Json files = Json::array();
  for (const fs::path& file : outcome.files) files.push_back(file.string());
  const Json document = {
      {"network", outcome.conversion.network},
      {"task", outcome.conversion.task},
      {"format", outcome.format},
      {"framework", outcome.framework},
      {"source", outcome.source.string()},
      {"source_sha256", outcome.source_sha256},
      {"source_bytes", outcome.source_bytes},
      {"facts", facts},
      {"models", models},
      {"unused", outcome.conversion.unused},
      {"warnings", outcome.conversion.warnings},
      {"missing", outcome.conversion.missing},
      {"foreign_globals", outcome.foreign_globals},
      {"simplified", simplified},
      {"checked_against", outcome.check.parity.empty() ? Json(nullptr) : Json(outcome.check.against)},
      {"max_error", outcome.check.parity.empty() ? Json(nullptr) : Json(largest_error(outcome.check))},
      {"parity", parity},
      {"files", files},
      {"seconds", outcome.seconds}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tandem::convert
