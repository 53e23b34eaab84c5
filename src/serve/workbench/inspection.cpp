// SPDX-License-Identifier: Apache-2.0
// One reader a kind of file; each takes its bytes as hostile.
#include "serve/workbench/inspection.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "convert/importer/checkpoint_report.h"
#include "convert/importer/network_report.h"
#include "graph/onnx_summary.h"
#include "pipeline/model_config.h"
#include "vision/decode.h"

namespace tandem::serve {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostTensors = 500;  // listed; a page shows no more

Json specs_json(const std::vector<TensorSpec>& specs) {
  Json list = Json::array();
  for (const TensorSpec& spec : specs) list.push_back(to_string(spec));
  return list;
}

/// Of weights alone, or of a network with its weights.
Result<Json> inspect_checkpoint(const std::filesystem::path& file) {
  const MappedFile mapped = TRY(MappedFile::open(file));
  if (convert::holds_network(detect_content(mapped.bytes()))) {
    const std::string text = TRY(convert::network_as_json(file.filename(), mapped.bytes()));
    return Json{{"program", Json::parse(text, nullptr, false)}};
  }
  const convert::CheckpointReport report = TRY(convert::inspect_checkpoint(file));
  Json document = Json::parse(convert::checkpoint_as_json(report, file.filename(), kMostTensors), nullptr, false);
  return Json{{"checkpoint", std::move(document)}};
}

Result<Json> inspect_onnx(const std::filesystem::path& file) {
  const MappedFile mapped = TRY(MappedFile::open(file));
  const OnnxSummary summary = TRY(summarize_onnx(mapped.bytes()));
  return Json{{"onnx",
               {{"producer", summary.producer},
                {"ir_version", summary.ir_version},
                {"opsets", summary.opsets},
                {"nodes", summary.nodes},
                {"parameters", summary.parameters},
                {"inputs", specs_json(summary.inputs)},
                {"outputs", specs_json(summary.outputs)}}}};
}

Result<Json> inspect_config(const std::filesystem::path& file) {
  const std::optional<ModelConfig> config = TRY(read_model_config(file));
  return Json{{"config", {{"task", config ? config->task : ""}}}};
}

Result<Json> inspect_image(const std::filesystem::path& file) {
  const MappedFile mapped = TRY(MappedFile::open(file));
  const Image image = TRY(decode_image(mapped.bytes()));
  return Json{{"image", {{"width", image.width}, {"height", image.height}, {"channels", image.channels}}}};
}

Result<Json> inspect(const std::filesystem::path& file, FileKind kind) {
  switch (kind) {
    case FileKind::kCheckpoint: return inspect_checkpoint(file);
    case FileKind::kOnnx: return inspect_onnx(file);
    case FileKind::kConfig: return inspect_config(file);
    case FileKind::kImage: break;
  }
  return inspect_image(file);
}

}  // namespace

std::string inspect_file(const std::filesystem::path& file, FileKind kind) {
  const Result<Json> found = inspect(file, kind);
  const Json document = found ? *found : Json{{"problem", sentence_of(found.error(), file)}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string sentence_of(const Error& error, const std::filesystem::path& file) {
  const std::string folder = (file.parent_path() / "").string();
  std::string sentence = error.message;
  for (std::size_t at = sentence.find(folder); at != std::string::npos; at = sentence.find(folder)) {
    sentence.erase(at, folder.size());
  }
  return sentence;
}

}  // namespace tandem::serve
