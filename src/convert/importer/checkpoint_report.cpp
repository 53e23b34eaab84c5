// SPDX-License-Identifier: Apache-2.0
// Facts first, the long list of tensors last.
#include "convert/importer/checkpoint_report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <span>

#include "base/file.h"

namespace tandem::convert {

using Json = nlohmann::ordered_json;

std::size_t count_parameters(const Checkpoint& checkpoint) {
  std::size_t count = 0;
  for (const NamedTensor& entry : checkpoint.tensors) {
    if (is_floating_point(entry.tensor.dtype())) count += entry.tensor.element_count();
  }
  return count;
}

Result<CheckpointReport> inspect_checkpoint(const std::filesystem::path& path) {
  const MappedFile file = TRY(MappedFile::open(path));
  CheckpointReport report;
  // A pickle that cannot be read cannot be reported on either; then reading the checkpoint says why.
  report.foreign_code = foreign_globals_of(file.bytes()).value_or(std::vector<ForeignGlobal>());
  auto checkpoint = read_checkpoint(path);
  if (!checkpoint) {
    if (report.foreign_code.empty()) return fail(checkpoint.error());
    report.checkpoint.format = content_name(detect_content(file.bytes()));
    report.checkpoint.file_bytes = file.bytes().size();
    report.not_convertible = checkpoint.error().message;
    return report;
  }
  report.checkpoint = std::move(*checkpoint);
  auto recognition = recognize(report.checkpoint);
  if (recognition) {
    report.recognition = std::move(*recognition);
  } else {
    report.not_convertible = recognition.error().message;
  }
  return report;
}

namespace {

Json as_json(const std::vector<ForeignGlobal>& foreign_code) {
  Json list = Json::array();
  for (const ForeignGlobal& global : foreign_code) {
    list.push_back(
        {{"name", global.name}, {"effect", global.effect}, {"argument", global.argument}, {"harmful", global.harmful}});
  }
  return list;
}

}  // namespace

std::vector<std::string> shared_with(const Checkpoint& checkpoint) {
  std::map<const void*, std::string> first;
  std::vector<std::string> shared;
  for (const NamedTensor& entry : checkpoint.tensors) {
    const bool is_new = entry.tensor.byte_size() == 0 || first.try_emplace(entry.tensor.data(), entry.name).second;
    shared.push_back(is_new ? "" : first[entry.tensor.data()]);
  }
  return shared;
}

std::string checkpoint_as_json(const CheckpointReport& report, const std::filesystem::path& file,
                               std::size_t most_tensors) {
  const Checkpoint& checkpoint = report.checkpoint;
  Json facts = Json::object();
  for (const auto& [key, value] : report.recognition.facts) facts[key] = value;
  Json tensors = Json::array();
  const std::vector<std::string> shared = shared_with(checkpoint);
  const auto listed = std::span(checkpoint.tensors).first(std::min(most_tensors, checkpoint.tensors.size()));
  for (const NamedTensor& entry : listed) {
    Json row = {
        {"name", entry.name}, {"dtype", dtype_name(entry.tensor.dtype())}, {"shape", entry.tensor.shape().dims()}};
    const std::string& first = shared[tensors.size()];
    if (!first.empty()) row["shares_memory_with"] = first;
    tensors.push_back(std::move(row));
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
                         {"parameters", count_parameters(checkpoint)},
                         {"network", network.empty() ? Json(nullptr) : Json(network)},
                         {"facts", facts},
                         {"not_convertible", report.not_convertible},
                         {"module", checkpoint.module ? Json(checkpoint.module->class_name) : Json(nullptr)},
                         {"notes", checkpoint.notes},
                         {"foreign_globals", checkpoint.foreign_globals},
                         {"foreign_code", as_json(report.foreign_code)},
                         {"numbers", numbers},
                         {"tables", tables},
                         {"tensor_count", checkpoint.tensors.size()},
                         {"tensors", tensors}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tandem::convert
