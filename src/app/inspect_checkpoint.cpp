// SPDX-License-Identifier: Apache-2.0
// Facts first, the long list of tensors last.
#include "app/inspect_checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/sizes.h"
#include "convert/weights.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;

std::size_t parameters(const Checkpoint& checkpoint) {
  std::size_t count = 0;
  for (const NamedTensor& entry : checkpoint.tensors) {
    if (is_floating_point(entry.tensor.dtype())) count += entry.tensor.element_count();
  }
  return count;
}

void print_row(std::string_view key, std::string_view value) {
  if (!value.empty()) fmt::print("{:<16}{}\n", key, value);
}

std::string describe_table(const IntegerTable& table) {
  if (table.name.empty()) {
    std::vector<std::string> numbers;
    for (const auto& [name, value] : table.entries) numbers.push_back(fmt::format("{} {}", name, value));
    return fmt::format("{}", fmt::join(numbers, ", "));
  }
  return fmt::format("{}: {} entries", table.name, table.entries.size());
}

}  // namespace

Result<CheckpointReport> inspect_checkpoint(const std::filesystem::path& file) {
  CheckpointReport report{TRY(read_checkpoint(file)), {}, {}};
  auto recognition = convert::recognize(report.checkpoint);
  if (recognition) {
    report.recognition = std::move(*recognition);
  } else {
    report.not_convertible = recognition.error().message;
  }
  return report;
}

void print_checkpoint(const CheckpointReport& report, const std::filesystem::path& file) {
  const Checkpoint& checkpoint = report.checkpoint;
  print_row("file", file.string());
  print_row("format", checkpoint.format);
  print_row("size", size_text(checkpoint.file_bytes));
  print_row("state dict", checkpoint.state_dict_path.empty() ? "" : "under '" + checkpoint.state_dict_path + "'");
  print_row("parameters", fmt::format("{} in {} tensors", parameters(checkpoint), checkpoint.tensors.size()));
  for (const IntegerTable& table : checkpoint.tables)
    print_row(table.name.empty() ? "numbers" : "table", describe_table(table));
  if (!checkpoint.foreign_globals.empty()) {
    print_row("code named", fmt::format("{} (Python's pickle would import it; nothing of it is run here)",
                                        fmt::join(checkpoint.foreign_globals, ", ")));
  }
  print_row("network", report.recognition.network.empty() ? "not recognized" : report.recognition.network);
  for (const auto& [key, value] : report.recognition.facts) print_row(key, value);
  print_row("not convertible", report.not_convertible);
  for (const NamedTensor& entry : checkpoint.tensors) {
    fmt::print("  {:<60} {}\n", entry.name, to_string(entry.tensor));
  }
}

std::string checkpoint_as_json(const CheckpointReport& report, const std::filesystem::path& file) {
  const Checkpoint& checkpoint = report.checkpoint;
  Json facts = Json::object();
  for (const auto& [key, value] : report.recognition.facts) facts[key] = value;
  Json tensors = Json::array();
  for (const NamedTensor& entry : checkpoint.tensors) {
    tensors.push_back(
        {{"name", entry.name}, {"dtype", dtype_name(entry.tensor.dtype())}, {"shape", entry.tensor.shape().dims()}});
  }
  Json tables = Json::object();
  Json numbers = Json::object();
  for (const IntegerTable& table : checkpoint.tables) {
    if (!table.name.empty()) tables[table.name] = table.entries.size();
    for (const auto& [name, value] : table.entries) {
      if (table.name.empty()) numbers[name] = value;
    }
  }
  const std::string& network = report.recognition.network;
  const Json document = {{"name", file.stem().string()},
                         {"file", file.string()},
                         {"format", checkpoint.format},
                         {"size_bytes", checkpoint.file_bytes},
                         {"state_dict", checkpoint.state_dict_path},
                         {"parameters", parameters(checkpoint)},
                         {"network", network.empty() ? Json(nullptr) : Json(network)},
                         {"facts", facts},
                         {"not_convertible", report.not_convertible},
                         {"foreign_globals", checkpoint.foreign_globals},
                         {"numbers", numbers},
                         {"tables", tables},
                         {"tensors", tensors}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tandem::app
