// SPDX-License-Identifier: Apache-2.0
// Facts first, operators by how often they are called, what cannot be converted last.
#include "app/convert/inspect_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "app/convert/fact_row.h"
#include "app/sizes.h"

namespace tandem::app {
namespace {

using convert::exported::ProgramReport;
using Json = nlohmann::ordered_json;

void print_program_specs(std::string_view key, const std::vector<TensorSpec>& specs) {
  for (const TensorSpec& spec : specs) print_row(std::exchange(key, ""), to_string(spec));
}

void print_operators(const ProgramReport& report) {
  std::vector<std::pair<std::string, std::size_t>> rows(report.operators.begin(), report.operators.end());
  std::ranges::stable_sort(rows, std::greater<>(), &std::pair<std::string, std::size_t>::second);
  for (const auto& [name, count] : rows) fmt::print("{:>21}  {}\n", count, name);
}

std::string describe(const convert::aten::UnknownOperator& unknown) {
  const std::string module = unknown.first.module.empty() ? "the network itself" : unknown.first.module;
  const std::string source = unknown.first.source.empty() ? "" : fmt::format(" ({})", unknown.first.source);
  return fmt::format("{}: {} time{}, first in {}{}", unknown.name, unknown.count, unknown.count == 1 ? "" : "s", module,
                     source);
}

std::string_view ir_name(const ProgramReport& report) { return report.training_ir ? "training" : "core ATen"; }

Json program_specs_as_json(const std::vector<TensorSpec>& specs) {
  Json list = Json::array();
  for (const TensorSpec& spec : specs) {
    Json shape = Json::array();
    for (const Dim& dim : spec.shape.dims) {
      shape.push_back(dim.is_fixed() ? Json(dim.size) : dim.name.empty() ? Json(nullptr) : Json(dim.name));
    }
    list.push_back({{"name", spec.name}, {"dtype", dtype_name(spec.dtype)}, {"shape", shape}});
  }
  return list;
}

}  // namespace

void print_program(const ProgramReport& report, const std::filesystem::path& file, std::uint64_t file_bytes) {
  print_row("file", file.string());
  print_row("format", fmt::format("PyTorch .pt2, schema {}, {} IR", report.schema, ir_name(report)));
  print_row("size", size_text(file_bytes));
  print_row("torch", report.torch_version);
  print_row("network", report.network);
  print_program_specs("inputs", report.inputs);
  print_program_specs("outputs", report.outputs);
  print_row("weights", fmt::format("{} tensors", report.weights));
  for (const std::string& warning : report.warnings) print_row("warning", warning);
  std::size_t calls = 0;
  for (const auto& [name, count] : report.operators) calls += count;
  print_row("calls", fmt::format("{} of {} operators", calls, report.operators.size()));
  print_operators(report);
  for (const auto& unknown : report.unknown) print_row("not known", describe(unknown));
}

std::string program_as_json(const ProgramReport& report, const std::filesystem::path& file, std::uint64_t file_bytes) {
  Json unknown = Json::array();
  for (const auto& entry : report.unknown) {
    unknown.push_back({{"operator", entry.name},
                       {"count", entry.count},
                       {"module", entry.first.module},
                       {"source", entry.first.source}});
  }
  const Json document = {{"file", file.string()},
                         {"format", "pt2"},
                         {"size_bytes", file_bytes},
                         {"torch_version", report.torch_version},
                         {"schema", report.schema},
                         {"ir", ir_name(report)},
                         {"network", report.network},
                         {"inputs", program_specs_as_json(report.inputs)},
                         {"outputs", program_specs_as_json(report.outputs)},
                         {"weights", report.weights},
                         {"operators", report.operators},
                         {"unknown_operators", unknown},
                         {"warnings", report.warnings}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tandem::app
