// SPDX-License-Identifier: Apache-2.0
// Facts first, operators by how often they are called, what cannot be converted last.
#include "app/convert/inspect_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "app/convert/fact_row.h"
#include "app/sizes.h"

namespace tandem::app {
namespace {

using convert::exported::ProgramReport;

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

}  // namespace tandem::app
