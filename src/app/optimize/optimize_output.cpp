// SPDX-License-Identifier: Apache-2.0
// Configs are derived line by line, so that comments and order stay a person's own.
#include "app/optimize/optimize_output.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "app/store/store_add.h"
#include "base/cpu.h"
#include "base/file.h"
#include "base/scratch_folder.h"
#include "convert/checked/conversion_files.h"
#include "plan/plan_text.h"
#include "store/part_name.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

fs::path part_file(const fs::path& output, const NetworkPart& part) { return convert::part_path(output, part.part); }

fs::path config_file(const fs::path& model) { return fs::path(model).replace_extension(".yaml"); }

/// A float16 input is no image's: such a model is for callers who make their own tensors.
bool takes_halves(const NetworkPart& part) {
  const auto model = read_part(part);
  return model && !model->graph.inputs.empty() && model->graph.inputs[0].dtype == DType::kFloat16;
}

/// What the network's step is called where its files go.
template <typename NameOf>
std::string step_name(const Network& network, const NameOf& name_of) {
  for (const NetworkPart& part : network.parts) {
    if (part.part == "step") return name_of(part);
  }
  return {};
}

Json metrics_as_json(const OptimizeReport& report, const OptimizeRow& row) {
  Json json = {{"dataset", report.data.empty() ? Json(nullptr) : Json(report.data)}};
  for (const TaskMetric& metric : row.score.metrics) {
    if (!json.contains("count")) json["count"] = metric.count;  // of the first, which is the task's main one
    json[metric.name] = metric.value;
  }
  return json;
}

std::string metadata_text(const Network& network, const NetworkPart& part, const Provenance& from) {
  const auto sqnr = from.row.score.parity.sqnr_db();
  const Json document = {
      {"description", fmt::format("{}, made of {}: {}", network.label, from.report.model, network.about)},
      {"accuracy", metrics_as_json(from.report, from.row)},
      {"accuracy_before", metrics_as_json(from.report, from.report.rows.front())},
      {"parity",
       {{"against", from.report.model},
        {"max_abs_difference", from.row.score.parity.max_absolute()},
        {"largest", from.row.score.parity.largest()},
        {"sqnr_db", sqnr ? Json(*sqnr) : Json(nullptr)}}},
      {"inference",
       {{"engine", from.report.engine},
        {"machine", machine_line()},
        {"threads", from.report.threads},
        {"batch", 1},
        {"runs", from.row.runs},
        {"p50_ms", from.row.p50_ms}}},
      {"size", {{"weights_bytes", part.onnx->size()}}},
      {"source", {{"model", from.report.model}, {"sha256", from.source_sha256}}},
      {"calibration", from.report.calibration.empty() ? Json(nullptr) : Json(from.report.calibration)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string derive_config(const std::string& config, const std::string& precision, const std::string& step) {
  if (config.empty()) return {};
  // A plan was measured on the original; what does not parse is left for its reader to refuse.
  const std::string original = replace_plan(config, std::nullopt).value_or(config);
  std::string text;
  bool named = false;
  for (std::size_t begin = 0; begin < original.size();) {
    const std::size_t end = std::min(original.find('\n', begin), original.size());
    const std::string line = original.substr(begin, end - begin);
    const std::size_t indent = line.find_first_not_of(' ');
    if (line.starts_with("precision:")) {
      text += "precision: " + precision;
      named = true;
    } else if (!step.empty() && indent != std::string::npos && indent > 0 &&
               std::string_view(line).substr(indent).starts_with("step:")) {
      text += line.substr(0, indent) + "step: " + nlohmann::json(step).dump();
    } else {
      text += line;
    }
    text += '\n';
    begin = end + 1;
  }
  return named ? text : text + "precision: " + precision + "\n";
}

fs::path variant_path(const fs::path& output, const Network& network, bool only) {
  if (only) return output;
  return output.parent_path() / (part_name(output.stem().string(), network.label) + output.extension().string());
}

Status check_free(std::span<const Network> variants, const OutputFlags& flags) {
  if (flags.output.empty()) return {};
  std::error_code error;
  const fs::path folder = fs::path(flags.output).parent_path();
  if (!folder.empty() && !fs::is_directory(folder, error)) {
    return not_found(fmt::format("-o {}: there is no folder {}", flags.output, folder.string()));
  }
  for (const Network& network : variants) {
    const fs::path output = variant_path(flags.output, network, variants.size() == 1);
    for (const NetworkPart& part : network.parts) {
      const fs::path model = part_file(output, part);
      for (const fs::path& file : {model, config_file(model)}) {
        if (flags.overwrite || !fs::exists(file, error)) continue;
        return fail(Code::kAlreadyExists,
                    fmt::format("{} exists already: give another -o, or --overwrite to replace it", file.string()));
      }
    }
  }
  return {};
}

Result<std::vector<std::string>> write_files(const Network& network, const fs::path& output) {
  std::vector<std::string> written;
  for (const NetworkPart& part : network.parts) {
    const fs::path model = part_file(output, part);
    TRY(write_file_atomic(model, *part.onnx));
    written.push_back(model.string());
  }
  const std::string step =
      step_name(network, [&](const NetworkPart& part) { return part_file(output, part).stem().string(); });
  for (const NetworkPart& part : network.parts) {
    if (part.config.empty() || takes_halves(part)) continue;
    const fs::path config = config_file(part_file(output, part));
    TRY(write_file_atomic(config, derive_config(part.config, network.precision, step)));
    written.push_back(config.string());
  }
  return written;
}

Result<std::vector<std::string>> add_to_store(const Context& context, const Network& network, const OutputFlags& flags,
                                              const Provenance& provenance) {
  const auto scratch = TRY(ScratchFolder::make(fs::temp_directory_path(), "tandem-optimize"));
  const auto name_of = [&](const NetworkPart& part) { return part_name(part.name, network.label); };
  const std::string step = step_name(network, name_of);
  std::vector<std::string> added;
  // The step first: an encoder in the store never names a step that is not there.
  for (auto part = network.parts.rbegin(); part != network.parts.rend(); ++part) {
    const fs::path model = scratch->path() / (name_of(*part) + ".onnx");
    TRY(write_file_atomic(model, *part->onnx));
    StoreAddFlags add;
    add.file = model.string();
    add.store = flags.to_store;
    add.name = name_of(*part);
    add.metadata = (scratch->path() / "metadata.json").string();
    TRY(write_file_atomic(add.metadata, metadata_text(network, *part, provenance)));
    if (!part->config.empty() && !takes_halves(*part)) {
      add.config = (scratch->path() / "config.yaml").string();
      TRY(write_file_atomic(add.config, derive_config(part->config, network.precision, step)));
    }
    const Added one = TRY(add_file(context, add));
    added.push_back(fmt::format("{}@{} in {}", one.name, one.version, flags.to_store));
  }
  return added;
}

}  // namespace tandem::app
