// SPDX-License-Identifier: Apache-2.0
// Log lines to JSON and back; a line from outside is checked member by member.
#include "store/log_line.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "store/json_text.h"
#include "store/sha256.h"
#include "store/store.h"
#include "store/version_record.h"

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;

tl::unexpected<Error> refuse(std::string_view why) {
  return fail(Code::kDataLoss, fmt::format("no log line: {}", why));
}

bool is_short_text(const Json& document, const char* key) {
  const auto member = document.find(key);
  return member != document.end() && member->is_string() && member->get_ref<const std::string&>().size() <= 256;
}

Result<LoggedVersion> parse_version(const Json& row) {
  if (!row.is_object() || !is_short_text(row, "sha256") || !is_sha256_hex(row["sha256"].get<std::string>())) {
    return refuse("a version has no 'sha256'");
  }
  const auto number = row.find("version");
  if (number == row.end() || !number->is_number_unsigned() || *number > kMaxVersionNumber) {
    return refuse("a version has no number");
  }
  return LoggedVersion{number->get<int>(), row["sha256"].get<std::string>()};
}

}  // namespace

std::string format_log_line(const LogEntry& entry, std::string_view previous) {
  Json versions = Json::array();
  for (const LoggedVersion& version : entry.versions) {
    versions.push_back({{"version", version.number}, {"sha256", version.sha256}});
  }
  Json line = {{"time", entry.time},
               {"action", entry.action},
               {"name", entry.name},
               {"revision", entry.revision},
               {"versions", versions}};
  if (!previous.empty()) line["previous"] = previous;
  return line.dump();
}

Result<LogLine> parse_log_line(std::string_view text) {
  if (!check_json_object(text, "log")) return refuse("it is not JSON");
  const Json document = Json::parse(text, nullptr, false);
  for (const char* key : {"time", "action", "name"}) {
    if (!is_short_text(document, key)) return refuse(fmt::format("'{}' is missing", key));
  }
  LogLine line;
  line.entry.time = document["time"].get<std::string>();
  line.entry.action = document["action"].get<std::string>();
  line.entry.name = document["name"].get<std::string>();
  if (!ModelName::parse(line.entry.name)) return refuse("'name' is no model's name");
  const auto revision = document.find("revision");
  if (revision == document.end() || !revision->is_number_unsigned()) return refuse("'revision' is missing");
  line.entry.revision = revision->get<std::uint64_t>();
  const auto versions = document.find("versions");
  if (versions == document.end() || !versions->is_array()) return refuse("'versions' is missing");
  for (const Json& row : *versions) line.entry.versions.push_back(TRY(parse_version(row)));
  if (is_short_text(document, "previous")) line.previous = document["previous"].get<std::string>();
  return line;
}

}  // namespace tandem
