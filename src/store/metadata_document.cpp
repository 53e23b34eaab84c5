// SPDX-License-Identifier: Apache-2.0
// Documents are merged in an order that people find again: who it is, then what was given, then what was found.
#include "store/metadata_document.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "store/json_text.h"

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;

/// Members of `from` go into `into`; objects are merged, everything else is replaced.
void merge_into(Json& into, const Json& from) {
  for (const auto& [key, value] : from.items()) {
    if (value.is_object() && into.contains(key) && into[key].is_object()) {
      merge_into(into[key], value);
    } else {
      into[key] = value;
    }
  }
}

/// A member that is an object, made so if need be.
Json& object_member(Json& document, const char* key) {
  if (!document.contains(key) || !document[key].is_object()) document[key] = Json::object();
  return document[key];
}

/// Numbers about other weights must not be stored with these.
Status check_same_file(const Json& given, const FileDigest& weights) {
  if (!given.contains("files") || !given["files"].is_object()) return {};
  const Json hash = given["files"].value("onnx_sha256", Json());
  if (hash.is_null() || hash == weights.sha256) return {};
  return invalid_argument(
      fmt::format("the metadata is about another file: its files.onnx_sha256 is {}, the model's is {}; give the "
                  "metadata of this model, or remove that member",
                  hash.dump(), weights.sha256));
}

std::string dashed_date(const std::string& date) {
  return fmt::format("{}-{}-{}", date.substr(0, 4), date.substr(4, 2), date.substr(6, 2));
}

}  // namespace

Result<std::string> make_metadata(std::string_view given, std::string_view described, const VersionFacts& facts) {
  const std::string_view given_or_none = given.empty() ? "{}" : given;
  TRY(check_json_object(given_or_none, "the metadata"));
  TRY(check_json_object(described, "the model's description"));
  const Json from_person = Json::parse(given_or_none, nullptr, false);
  TRY(check_same_file(from_person, facts.weights));

  // The order in which people look; what the store knows better is filled in at the end.
  Json document = {
      {"schema", 1}, {"name", ""},    {"task", ""},   {"architecture", ""}, {"dataset", facts.name.dataset},
      {"date", ""},  {"version", ""}, {"created", ""}};
  merge_into(document, from_person);
  merge_into(document, Json::parse(described, nullptr, false));
  document["schema"] = 1;
  document["name"] = facts.name.text();
  document["task"] = facts.name.task;
  document["architecture"] = facts.name.architecture;
  document["date"] = dashed_date(facts.name.date);
  document["version"] = std::to_string(facts.version);
  document["created"] = facts.created;
  object_member(document, "size")["weights_bytes"] = facts.weights.bytes;
  object_member(document, "files")["onnx_sha256"] = facts.weights.sha256;
  return document.dump(2) + "\n";
}

}  // namespace tandem
