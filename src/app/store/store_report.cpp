// SPDX-License-Identifier: Apache-2.0
// Metadata is shown as it stands, member by member; what it leaves out is not made up.
#include "app/store/store_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/sizes.h"
#include "base/file.h"
#include "pipeline/model_config.h"

namespace tandem::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxShownConfigBytes = 1 << 20;
constexpr std::size_t kKeyColumns = 15;

std::uint64_t size_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  return error ? 0 : bytes;
}

std::string text_member(const Json& document, const char* key) {
  const Json member = document.is_object() ? document.value(key, Json()) : Json();
  return member.is_string() ? member.get<std::string>() : "";
}

std::string line(std::string_view key, std::string_view value) {
  return value.empty() ? "" : fmt::format("{:<{}}{}\n", key, kKeyColumns, value);
}

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::vector<std::string> parts;
  for (const Json& item : value) parts.push_back(value_text(item));
  return fmt::format("{}", fmt::join(parts, "; "));
}

/// The members of an object, one a line, levels joined by '.'.
std::string members_text(const Json& object, const std::string& prefix) {
  std::string text;
  for (const auto& [key, value] : object.items()) {
    text += value.is_object() ? members_text(value, prefix + key + ".")
                              : fmt::format("  {}: {}\n", prefix + key, value_text(value));
  }
  return text;
}

std::string versions_text(const std::vector<StoreVersion>& versions) {
  std::string text;
  for (const StoreVersion& version : versions) {
    text += fmt::format("  {:>4}  {}  {:>10}  {}{}\n", version.number, version.created,
                        size_text(version.weights_bytes), version.weights_sha256, version.current ? "  current" : "");
  }
  return text;
}

Json versions_as_json(const std::vector<StoreVersion>& versions) {
  Json list = Json::array();
  for (const StoreVersion& version : versions) {
    list.push_back({{"version", version.number},
                    {"created", version.created},
                    {"weights_bytes", version.weights_bytes},
                    {"weights_sha256", version.weights_sha256},
                    {"current", version.current}});
  }
  return list;
}

Json accuracy_as_json(const std::optional<HeadlineAccuracy>& accuracy) {
  if (!accuracy) return nullptr;
  return {{"metric", accuracy->metric},
          {"value", accuracy->value},
          {"dataset", accuracy->dataset},
          {"count", accuracy->count ? Json(*accuracy->count) : Json(nullptr)}};
}

Json path_as_json(const std::filesystem::path& path) { return path.empty() ? Json(nullptr) : Json(path.string()); }

std::string to_text(const Json& document) {
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// The config says what the model runs as; else the metadata, what its weights are.
std::string precision_of(const StoreEntry& entry, const Json& metadata, std::string& problem) {
  const auto config = read_model_config(entry.config);
  if (config && *config) return (*config)->precision;
  if (!config) problem = config.error().message;
  return text_member(metadata.value("model", Json::object()), "precision");
}

}  // namespace

std::string accuracy_text(const HeadlineAccuracy& accuracy) {
  const std::string count = accuracy.count ? fmt::format("{}", *accuracy.count) : "";
  const std::string on =
      fmt::format("{}{}{}", accuracy.dataset, accuracy.dataset.empty() || count.empty() ? "" : ", ", count);
  return fmt::format("{} {:.4g}{}", accuracy.metric, accuracy.value, on.empty() ? "" : " (" + on + ")");
}

StoreRow make_row(const Store& store, const StoreEntry& entry, std::string& problem) {
  StoreRow row;
  row.name = entry.name;
  row.size_bytes = size_of(entry.weights);
  row.version = entry.version == 0 ? "1" : std::to_string(entry.version);
  Json document = Json::object();
  if (!entry.metadata.empty()) {
    if (const auto metadata = read_metadata(entry.metadata)) {
      row.version = metadata->version;
      row.description = metadata->description;
      row.accuracy = headline_accuracy(metadata->json);
      document = Json::parse(metadata->json, nullptr, false);
    } else {
      problem = metadata.error().message;
    }
  }
  if (const auto name = ModelName::parse(entry.name)) row.task = name->task;
  row.precision = precision_of(entry, document, problem);
  if (const auto versions = store.versions(entry.name)) row.versions = versions->size();
  return row;
}

std::string rows_as_text(const std::vector<StoreRow>& rows, const std::vector<std::string>& problems,
                         const std::filesystem::path& store) {
  std::string text;
  std::size_t name_columns = 5;
  std::size_t task_columns = 4;
  for (const StoreRow& row : rows) {
    name_columns = std::max(name_columns, row.name.size());
    task_columns = std::max(task_columns, row.task.size());
  }
  if (rows.empty()) text += fmt::format("the store {} has no models\n", store.string());
  if (!rows.empty()) {
    text += fmt::format("{:<{}}  version  {:<{}}  {:>10}  precision  accuracy (data set, count)\n", "model",
                        name_columns, "task", task_columns, "size");
  }
  for (const StoreRow& row : rows) {
    const std::string version = row.versions > 1 ? fmt::format("{} of {}", row.version, row.versions) : row.version;
    text += fmt::format("{:<{}}  {:<7}  {:<{}}  {:>10}  {:<9}  {}\n", row.name, name_columns, version, row.task,
                        task_columns, size_text(row.size_bytes), row.precision.empty() ? "-" : row.precision,
                        row.accuracy ? accuracy_text(*row.accuracy) : "-");
  }
  for (const std::string& problem : problems) text += fmt::format("problem: {}\n", problem);
  return text;
}

std::string rows_as_json(const std::vector<StoreRow>& rows, const std::vector<std::string>& problems,
                         const std::filesystem::path& store) {
  Json models = Json::array();
  for (const StoreRow& row : rows) {
    models.push_back({{"name", row.name},
                      {"version", row.version},
                      {"versions", row.versions},
                      {"task", row.task},
                      {"size_bytes", row.size_bytes},
                      {"precision", row.precision.empty() ? Json(nullptr) : Json(row.precision)},
                      {"accuracy", accuracy_as_json(row.accuracy)},
                      {"description", row.description}});
  }
  return to_text({{"store", store.string()}, {"models", models}, {"problems", problems}});
}

Result<StoreCard> make_card(const Store& store, const StoreEntry& entry) {
  StoreCard card;
  card.entry = entry;
  card.size_bytes = size_of(entry.weights);
  card.metadata = entry.metadata.empty() ? "{}" : TRY(read_metadata(entry.metadata)).json;
  if (!entry.config.empty()) card.config = TRY(read_file(entry.config, kMaxShownConfigBytes));
  card.versions = TRY(store.versions(entry.name));
  return card;
}

std::string card_as_text(const StoreCard& card) {
  const Json metadata = Json::parse(card.metadata, nullptr, false);
  std::string text = line("name", card.entry.name);
  text +=
      line("version", card.entry.version == 0 ? text_member(metadata, "version") : std::to_string(card.entry.version));
  text += line("about", text_member(metadata, "description"));
  text += line("weights", fmt::format("{} ({})", card.entry.weights.string(), size_text(card.size_bytes)));
  text += line("metadata", card.entry.metadata.string());
  text += line("config", card.entry.config.string());
  if (const auto accuracy = headline_accuracy(card.metadata)) text += line("best known by", accuracy_text(*accuracy));
  for (const auto& [key, value] : metadata.items()) {
    if (value.is_object()) text += key + "\n" + members_text(value, "");
    if (!value.is_object() && key != "name" && key != "version" && key != "description" && key != "schema") {
      text += line(key, value_text(value));
    }
  }
  if (card.versions.empty()) return text + "versions       only this one: the model was put into weights/ by hand\n";
  return text + "versions\n" + versions_text(card.versions);
}

std::string card_as_json(const StoreCard& card) {
  const Json metadata = Json::parse(card.metadata, nullptr, false);
  Json version = card.entry.version;
  if (card.entry.version == 0) version = metadata.value("version", Json());
  return to_text({{"name", card.entry.name},
                  {"version", version},
                  {"weights_file", card.entry.weights.string()},
                  {"metadata_file", path_as_json(card.entry.metadata)},
                  {"config_file", path_as_json(card.entry.config)},
                  {"size_bytes", card.size_bytes},
                  {"metadata", metadata},
                  {"config", card.config.empty() ? Json(nullptr) : Json(card.config)},
                  {"versions", versions_as_json(card.versions)}});
}

}  // namespace tandem::app
