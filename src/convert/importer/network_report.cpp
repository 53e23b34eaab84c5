// SPDX-License-Identifier: Apache-2.0
// One document a kind of file.
#include "convert/importer/network_report.h"

#include <nlohmann/json.hpp>

#include "convert/exported/exported.h"
#include "convert/keras/keras_model.h"
#include "convert/torchscript/torchscript.h"

namespace tandem::convert {
namespace {

using Json = nlohmann::ordered_json;
using Bytes = std::span<const std::byte>;

/// An open size is its name, or null.
Json specs_as_json(const std::vector<TensorSpec>& specs) {
  Json list = Json::array();
  for (const TensorSpec& spec : specs) {
    Json shape = nullptr;
    if (!spec.shape.unknown_rank) shape = Json::array();
    for (const Dim& dim : spec.shape.dims) {
      shape.push_back(dim.is_fixed() ? Json(dim.size) : dim.name.empty() ? Json(nullptr) : Json(dim.name));
    }
    list.push_back({{"name", spec.name}, {"dtype", dtype_name(spec.dtype)}, {"shape", shape}});
  }
  return list;
}

Json unknown_as_json(const std::vector<aten::UnknownOperator>& unknown) {
  Json list = Json::array();
  for (const aten::UnknownOperator& entry : unknown) {
    list.push_back({{"operator", entry.name},
                    {"count", entry.count},
                    {"module", entry.first.module},
                    {"source", entry.first.source}});
  }
  return list;
}

Result<Json> exported_as_json(const std::filesystem::path& file, Bytes bytes) {
  const exported::ProgramReport report = TRY(exported::inspect_exported_program(bytes));
  return Json{{"file", file.string()},
              {"format", "pt2"},
              {"size_bytes", bytes.size()},
              {"torch_version", report.torch_version},
              {"schema", report.schema},
              {"ir", report.training_ir ? "training" : "core ATen"},
              {"network", report.network},
              {"inputs", specs_as_json(report.inputs)},
              {"outputs", specs_as_json(report.outputs)},
              {"weights", report.weights},
              {"operators", report.operators},
              {"unknown_operators", unknown_as_json(report.unknown)},
              {"warnings", report.warnings}};
}

Result<Json> script_as_json(const std::filesystem::path& file, Bytes bytes) {
  const torchscript::ScriptReport report = TRY(torchscript::inspect_torchscript(bytes));
  return Json{{"file", file.string()},
              {"format", "torchscript"},
              {"size_bytes", bytes.size()},
              {"archive_version", report.version},
              {"network", report.network},
              {"inputs", specs_as_json(report.inputs)},
              {"weights", report.weights},
              {"operators", report.operators},
              {"unknown_operators", unknown_as_json(report.unknown)},
              {"not_convertible", report.not_convertible}};
}

Result<Json> keras_as_json(const std::filesystem::path& file, Bytes bytes) {
  const keras::KerasFile read = TRY(keras::read_keras(bytes, nullptr));
  const keras::KerasSummary summary = TRY(keras::summarize_keras(read));
  Json classes = Json::object();
  for (const auto& [name, count] : summary.classes) classes[name] = count;
  return Json{{"name", file.stem().string()},      {"file", file.string()},         {"format", read.format},
              {"size_bytes", bytes.size()},        {"keras_version", read.version}, {"model", summary.model},
              {"parameters", summary.parameters},  {"layers", summary.layers},      {"classes", std::move(classes)},
              {"not_convertible", summary.unknown}};
}

Result<Json> document_of(const std::filesystem::path& file, Bytes bytes) {
  switch (detect_content(bytes)) {
    case FileContent::kExportedProgram: return exported_as_json(file, bytes);
    case FileContent::kTorchScript: return script_as_json(file, bytes);
    case FileContent::kHdf5:
    case FileContent::kKerasArchive: return keras_as_json(file, bytes);
    default: break;
  }
  return invalid_argument("the file holds no network: a .pt2, TorchScript or Keras file was expected");
}

}  // namespace

bool holds_network(FileContent content) {
  return content == FileContent::kExportedProgram || content == FileContent::kTorchScript ||
         content == FileContent::kHdf5 || content == FileContent::kKerasArchive;
}

Result<std::string> network_as_json(const std::filesystem::path& file, Bytes bytes) {
  const Result<Json> document = document_of(file, bytes);
  if (!document) return fail(document.error().with_context(file.string()));
  return document->dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tandem::convert
