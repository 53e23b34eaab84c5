// SPDX-License-Identifier: Apache-2.0
// A summary as three small objects.
#include "app/convert/onnx_description.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;

struct Release {
  std::int64_t opset;
  std::int64_t ir_version;
  std::string_view onnxruntime;
};
/// The table "ONNX opset support" of onnxruntime.ai/docs/reference/compatibility.html, where a row brings something
/// new.
constexpr auto kReleases = std::to_array<Release>({{11, 6, "1.0"},
                                                   {12, 7, "1.3"},
                                                   {13, 7, "1.6"},
                                                   {14, 7, "1.8"},
                                                   {15, 8, "1.9"},
                                                   {16, 8, "1.11"},
                                                   {17, 8, "1.12"},
                                                   {18, 8, "1.14"},
                                                   {19, 8, "1.15"},
                                                   {19, 9, "1.16"},
                                                   {20, 9, "1.17"},
                                                   {21, 10, "1.18"}});

std::string_view precision_name(DType dtype) {
  switch (dtype) {
    case DType::kFloat64: return "fp64";
    case DType::kFloat32: return "fp32";
    case DType::kFloat16: return "fp16";
    case DType::kBfloat16: return "bf16";
    case DType::kUint8:
    case DType::kInt8: return "int8";
    case DType::kUint4:
    case DType::kInt4: return "int4";
    case DType::kFloat8e4m3fn:
    case DType::kFloat8e4m3fnuz:
    case DType::kFloat8e5m2:
    case DType::kFloat8e5m2fnuz: return "fp8";
    case DType::kFloat4e2m1: return "fp4";
    default: return "";  // indices and shapes are no weights
  }
}

std::vector<std::string> to_strings(const std::vector<TensorSpec>& specs) {
  std::vector<std::string> texts;
  for (const TensorSpec& spec : specs) texts.push_back(to_string(spec));
  return texts;
}

}  // namespace

std::string_view weight_precision(const OnnxSummary& summary) {
  std::map<std::string_view, std::uint64_t> elements;
  for (const OnnxInitializer& weight : summary.initializers) {
    const std::string_view name = precision_name(weight.dtype);
    if (!name.empty()) elements[name] += weight.elements;
  }
  const auto most = std::max_element(elements.begin(), elements.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == elements.end() ? "" : most->first;
}

std::optional<std::string_view> min_onnxruntime(std::int64_t opset, std::int64_t ir_version) {
  for (const Release& release : kReleases) {
    if (opset <= release.opset && ir_version <= release.ir_version) return release.onnxruntime;
  }
  return std::nullopt;
}

std::string describe_onnx(const OnnxSummary& summary, std::string_view checked_with) {
  const auto found = summary.opsets.find("ai.onnx");
  const std::int64_t opset = found == summary.opsets.end() ? 0 : found->second;
  Json compatibility = {{"opset", opset}, {"ir_version", summary.ir_version}};
  if (summary.opsets.size() > (found == summary.opsets.end() ? 0U : 1U)) compatibility["opsets"] = summary.opsets;
  if (const auto release = min_onnxruntime(opset, summary.ir_version)) compatibility["min_onnxruntime"] = *release;
  if (!checked_with.empty()) compatibility["checked_with"] = checked_with;
  const Json document = {{"model",
                          {{"inputs", to_strings(summary.inputs)},
                           {"outputs", to_strings(summary.outputs)},
                           {"precision", weight_precision(summary)},
                           {"parameters", summary.parameters},
                           {"producer", summary.producer}}},
                         {"compatibility", compatibility}};
  // Names in an ONNX file may be no UTF-8.
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tandem::app
