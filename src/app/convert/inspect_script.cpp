// SPDX-License-Identifier: Apache-2.0
// Facts first, operators by name, what cannot be converted last.
#include "app/convert/inspect_script.h"

#include <fmt/format.h>

#include "app/convert/fact_row.h"
#include "app/sizes.h"
#include "convert/torchscript/torchscript.h"

namespace tandem::app {
namespace {

using convert::torchscript::ScriptReport;

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

}  // namespace

Status inspect_script(std::span<const std::byte> file, const std::filesystem::path& path) {
  const auto report = convert::torchscript::inspect_torchscript(file);
  if (!report) return fail(report.error().with_context(path.string()));
  print_script(*report, path, file.size());
  return {};
}

}  // namespace tandem::app
