// SPDX-License-Identifier: Apache-2.0
// tandem inspect: what a model file is, and what the store knows of it; no engine is asked.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "app/command.h"
#include "app/convert/inspect_checkpoint.h"
#include "app/convert/inspect_keras.h"
#include "app/convert/inspect_program.h"
#include "app/convert/inspect_script.h"
#include "app/models/model_source.h"
#include "app/sizes.h"
#include "app/verb.h"
#include "base/file.h"
#include "convert/importer/network_report.h"
#include "graph/onnx_summary.h"
#include "store/store.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;

struct InspectFlags {
  std::string model;
  std::string store = "models";
};

Json specs_as_json(const std::vector<TensorSpec>& specs) {
  Json list = Json::array();
  for (const TensorSpec& spec : specs) {
    Json shape = nullptr;
    if (!spec.shape.unknown_rank) {
      shape = Json::array();
      for (const Dim& dim : spec.shape.dims) {
        shape.push_back(dim.is_fixed() ? Json(dim.size) : dim.name.empty() ? Json(nullptr) : Json(dim.name));
      }
    }
    list.push_back(
        {{"name", spec.name}, {"dtype", dtype_name(spec.dtype)}, {"shape", shape}, {"optional", spec.optional}});
  }
  return list;
}

Json summary_as_json(const OnnxSummary& summary) {
  const bool external = std::any_of(summary.initializers.begin(), summary.initializers.end(),
                                    [](const OnnxInitializer& tensor) { return tensor.external; });
  return {{"ir_version", summary.ir_version},
          {"opsets", summary.opsets},
          {"producer", summary.producer},
          {"domain", summary.domain},
          {"model_version", summary.model_version},
          {"description", summary.description},
          {"graph_name", summary.graph_name},
          {"inputs", specs_as_json(summary.inputs)},
          {"outputs", specs_as_json(summary.outputs)},
          {"parameters", summary.parameters},
          {"weights_bytes", summary.weights_bytes},
          {"external_data", external},
          {"initializers", summary.initializers.size()},
          {"nodes", summary.nodes},
          {"operators", summary.operators},
          {"functions", summary.functions},
          {"metadata", summary.metadata}};
}

/// What the store holds beside the weights; null for a file on its own.
Result<Json> store_as_json(const ModelSource& source) {
  if (source.metadata.empty() && source.config.empty()) return Json(nullptr);
  Json store = {{"metadata_file", source.metadata.string()}, {"config_file", source.config.string()}};
  if (!source.metadata.empty()) {
    const ModelMetadata metadata = TRY(read_metadata(source.metadata));
    store["version"] = metadata.version;
    store["description"] = metadata.description;
    store["metadata"] = Json::parse(metadata.json, nullptr, false);
  }
  if (!source.config.empty()) store["config"] = TRY(read_file(source.config, 1 << 20));
  return store;
}

void print_summary_row(std::string_view key, std::string_view value) {
  if (!value.empty()) fmt::print("{:<13}{}\n", key, value);
}

void print_specs(std::string_view key, const std::vector<TensorSpec>& specs) {
  for (const TensorSpec& spec : specs) {
    print_summary_row(key, to_string(spec) + (spec.optional ? " (optional)" : ""));
    key = "";
  }
}

void print_operators(const OnnxSummary& summary) {
  std::vector<std::pair<std::string, std::uint64_t>> rows(summary.operators.begin(), summary.operators.end());
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  print_summary_row("nodes", fmt::format("{}", summary.nodes));
  for (const auto& [name, count] : rows) fmt::print("{:>18}  {}\n", count, name);
}

/// The accuracy block of the metadata, a number or word a line.
void print_store(const Json& store) {
  if (store.is_null()) return;
  print_summary_row("metadata", store["metadata_file"].get<std::string>());
  print_summary_row("version", store.value("version", ""));
  print_summary_row("about", store.value("description", ""));
  const Json metadata = store.value("metadata", Json());
  if (metadata.is_object() && metadata.contains("accuracy") && metadata["accuracy"].is_object()) {
    for (const auto& [key, value] : metadata["accuracy"].items()) {
      if (value.is_primitive())
        fmt::print("{:<13}{}: {}\n", "", key, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  print_summary_row("config", store["config_file"].get<std::string>());
}

void print_summary(const ModelSource& source, std::uint64_t size_bytes, const OnnxSummary& summary, const Json& store) {
  std::string opsets;
  for (const auto& [domain, version] : summary.opsets)
    opsets += fmt::format("{}{} {}", opsets.empty() ? "" : ", ", domain, version);
  print_summary_row("file", source.weights.string());
  print_summary_row("format", fmt::format("ONNX, IR version {}, opset {}", summary.ir_version, opsets));
  print_summary_row("size", size_text(size_bytes));
  print_summary_row("producer", summary.producer);
  print_summary_row("graph", summary.graph_name);
  print_summary_row("doc string", summary.description);
  print_specs("inputs", summary.inputs);
  print_specs("outputs", summary.outputs);
  print_summary_row("parameters", fmt::format("{} ({} of {} constants)", summary.parameters,
                                              size_text(summary.weights_bytes), summary.initializers.size()));
  print_operators(summary);
  for (const auto& [key, value] : summary.metadata) print_summary_row("property", fmt::format("{} = {}", key, value));
  print_store(store);
}

Status inspect_weights(const Context& context, const std::filesystem::path& file) {
  const convert::CheckpointReport report = TRY(convert::inspect_checkpoint(file));
  if (!context.json) {
    print_checkpoint(report, file);
    return {};
  }
  fmt::print("{}", convert::checkpoint_as_json(report, file));
  return {};
}

Status inspect_program(const std::filesystem::path& path, const MappedFile& file) {
  const auto report = convert::exported::inspect_exported_program(file.bytes());
  if (!report) return fail(report.error().with_context(path.string()));
  print_program(*report, path, file.bytes().size());
  return {};
}

Status inspect_network(const Context& context, const std::filesystem::path& path, const MappedFile& file) {
  if (context.json) return fmt::print("{}", TRY(convert::network_as_json(path, file.bytes()))), Status();
  const FileContent content = detect_content(file.bytes());
  if (content == FileContent::kExportedProgram) return inspect_program(path, file);
  if (content == FileContent::kTorchScript) return inspect_script(file.bytes(), path);
  return inspect_keras(file.bytes(), path);
}

Status inspect(const Context& context, const InspectFlags& flags) {
  const ModelSource source = TRY(find_model(flags.model, flags.store));
  const MappedFile file = TRY(MappedFile::open(source.weights));
  const FileContent content = detect_content(file.bytes());
  if (is_state_dict(content)) return inspect_weights(context, source.weights);
  if (convert::holds_network(content)) return inspect_network(context, source.weights, file);
  const auto summary = summarize_onnx(file.bytes());
  if (!summary) return fail(summary.error().with_context(source.weights.string()));
  const Json store = TRY(store_as_json(source));
  if (!context.json) {
    print_summary(source, file.bytes().size(), *summary, store);
    return {};
  }
  Json document = {{"name", source.name},
                   {"file", source.weights.string()},
                   {"format", "onnx"},
                   {"size_bytes", file.bytes().size()}};
  document.update(summary_as_json(*summary));
  document["store"] = store;
  fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
  return {};
}

}  // namespace

void add_inspect_command(CLI::App& program, Context& context, Action& action) {
  CLI::App* verb = add_verb(
      program,
      {"inspect",
       "Shows a model's inputs, outputs, opset, parameters, size and metadata; or a checkpoint's tensors and network",
       "  tandem inspect models/weights/classification_cnn_digits_20261121.onnx"});
  const auto flags = std::make_shared<InspectFlags>();
  verb->add_option("model", flags->model,
                   "An ONNX file, a checkpoint (.pth, .pt2, .keras, .h5, .safetensors, .npz), or a name in the store")
      ->required()
      ->type_name("FILE|NAME");
  verb->add_option("--store", flags->store, "The store in which names are looked up")->capture_default_str();
  verb->callback([&context, &action, flags] {
    action = [&context, flags] { return finish(context, "inspect", inspect(context, *flags)); };
  });
}

}  // namespace tandem::app
