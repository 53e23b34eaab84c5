// SPDX-License-Identifier: Apache-2.0
// Facts first, operators by name, what cannot be converted last.
#include "app/convert/inspect_script.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/convert/fact_row.h"
#include "app/sizes.h"
#include "convert/torchscript/torchscript.h"

namespace tandem::app {
namespace {

using convert::torchscript::ScriptReport;
using Json = nlohmann::ordered_json;

void print_script(const ScriptReport& report, const std::filesystem::path& path, std::size_t file_bytes) {
  print_row("file", path.string());
  print_row("format", fmt::format("TorchScript, archive version {}", report.version));
  print_row("size", size_text(file_bytes));
  print_row("network", report.network);
  for (const TensorSpec& input : report.inputs) print_row("input", to_string(input));
  print_row("weights", fmt::format("{} tensors", report.weights));
  for (const auto& [name, count] : report.operators) fmt::print("{:>21}  {}\n", count, name);
  for (const auto& unknown : report.unknown) {
    print_row("not known", fmt::format("{}: {} times, first in {}", unknown.name, unknown.count,
                                       unknown.first.module.empty() ? "the network itself" : unknown.first.module));
  }
  print_row("not convertible", report.not_convertible);
}

std::string script_as_json(const ScriptReport& report, const std::filesystem::path& path, std::size_t file_bytes) {
  Json inputs = Json::array();
  for (const TensorSpec& input : report.inputs) {
    Json shape = nullptr;
    if (!input.shape.unknown_rank) shape = Json::array();
    for (const Dim& dim : input.shape.dims) shape.push_back(dim.is_fixed() ? Json(dim.size) : Json(nullptr));
    inputs.push_back({{"name", input.name}, {"dtype", dtype_name(input.dtype)}, {"shape", shape}});
  }
  Json unknown = Json::array();
  for (const auto& entry : report.unknown) {
    unknown.push_back({{"operator", entry.name}, {"count", entry.count}, {"module", entry.first.module}});
  }
  const Json document = {{"file", path.string()},        {"format", "torchscript"},
                         {"size_bytes", file_bytes},     {"archive_version", report.version},
                         {"network", report.network},    {"inputs", inputs},
                         {"weights", report.weights},    {"operators", report.operators},
                         {"unknown_operators", unknown}, {"not_convertible", report.not_convertible}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Status inspect_script(std::span<const std::byte> file, const std::filesystem::path& path, bool as_json) {
  const auto report = convert::torchscript::inspect_torchscript(file);
  if (!report) return fail(report.error().with_context(path.string()));
  if (as_json) {
    fmt::print("{}", script_as_json(*report, path, file.size()));
  } else {
    print_script(*report, path, file.size());
  }
  return {};
}

}  // namespace tandem::app
