// SPDX-License-Identifier: Apache-2.0
// Facts first, the long list of tensors last.
#include "app/convert/inspect_checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/convert/fact_row.h"
#include "app/sizes.h"

namespace tandem::app {
namespace {

std::string describe_table(const IntegerTable& table) {
  if (table.name.empty()) {
    std::vector<std::string> numbers;
    for (const auto& [name, value] : table.entries) numbers.push_back(fmt::format("{} {}", name, value));
    return fmt::format("{}", fmt::join(numbers, ", "));
  }
  return fmt::format("{}: {} entries", table.name, table.entries.size());
}

/// What torch.load would do, a line each.
void print_code(const std::vector<ForeignGlobal>& foreign_code) {
  if (foreign_code.empty()) return;
  print_row("code named", "by the pickle; nothing of it is run here, Python's pickle would:");
  for (const ForeignGlobal& global : foreign_code) print_row(global.harmful ? "  HARMFUL" : " ", to_string(global));
}

}  // namespace

void print_checkpoint(const convert::CheckpointReport& report, const std::filesystem::path& file) {
  const Checkpoint& checkpoint = report.checkpoint;
  print_row("file", file.string());
  print_row("format", checkpoint.format);
  print_row("size", size_text(checkpoint.file_bytes));
  print_row("state dict", checkpoint.state_dict_path.empty() ? "" : "under '" + checkpoint.state_dict_path + "'");
  print_row("parameters",
            fmt::format("{} in {} tensors", convert::count_parameters(checkpoint), checkpoint.tensors.size()));
  for (const IntegerTable& table : checkpoint.tables)
    print_row(table.name.empty() ? "numbers" : "table", describe_table(table));
  for (const std::string& note : checkpoint.notes) print_row("note", note);
  if (checkpoint.module) print_row("whole module", checkpoint.module->class_name);
  print_code(report.foreign_code);
  print_row("network", report.recognition.network.empty() ? "not recognized" : report.recognition.network);
  for (const auto& [key, value] : report.recognition.facts) print_row(key, value);
  print_row("not convertible", report.not_convertible);
  const std::vector<std::string> shared = convert::shared_with(checkpoint);
  for (std::size_t i = 0; i < shared.size(); ++i) {
    const NamedTensor& entry = checkpoint.tensors[i];
    fmt::print("  {:<60} {}{}\n", entry.name, to_string(entry.tensor),
               shared[i].empty() ? "" : fmt::format(", the memory of {}", shared[i]));
  }
}

}  // namespace tandem::app
