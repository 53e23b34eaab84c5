// SPDX-License-Identifier: Apache-2.0
// Records as JSON; what is read back is checked before a path is made of it.
#include "store/version_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "store/json_text.h"
#include "store/log_line.h"
#include "store/store.h"

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxRecordBytes = 16 << 20;

Json digest_as_json(const std::optional<FileDigest>& digest) {
  if (!digest) return nullptr;
  return {{"sha256", digest->sha256}, {"bytes", digest->bytes}};
}

/// Reads one record; every refusal names the record's file as the person would look for it.
class RecordReader final {
 public:
  explicit RecordReader(std::string_view name) : name_(name) {}

  Result<VersionRecord> read(const Json& document) const {
    VersionRecord record;
    record.name = name_;
    if (document.value("schema", Json()) != 1) return refuse("'schema' must be 1");
    if (document.value("name", Json()) != name_) return refuse("'name' is another model's");
    record.revision = TRY(number(document, "revision", std::uint64_t{1} << 53));
    record.next_number = static_cast<int>(TRY(number(document, "next_version", kMaxVersionNumber)));
    const auto versions = document.find("versions");
    if (versions == document.end() || !versions->is_array() || versions->size() > kMaxVersions) {
      return refuse(fmt::format("'versions' must be a list of at most {}", kMaxVersions));
    }
    int previous = 0;
    for (const Json& row : *versions) {
      record.versions.push_back(TRY(read_version(row)));
      const int current = record.versions.back().number;
      if (current <= previous || current >= record.next_number) return refuse("the versions are out of order");
      previous = current;
    }
    if (const auto pending = document.find("pending"); pending != document.end() && !pending->is_null()) {
      const auto line = parse_log_line(pending->dump());
      if (!line || line->entry.name != name_) return refuse("'pending' is no change of this model");
      record.pending = line->entry;
    }
    return record;
  }

  tl::unexpected<Error> refuse(std::string_view why) const {
    return fail(Code::kDataLoss,
                fmt::format(".store/versions/{}.json is damaged: {}; restore it from a backup, or remove it to keep "
                            "only what stands in weights/",
                            name_, why));
  }

 private:
  Result<std::uint64_t> number(const Json& object, const char* key, std::uint64_t limit) const {
    const auto member = object.find(key);
    if (member == object.end() || !member->is_number_unsigned() || member->get<std::uint64_t>() > limit) {
      return refuse(fmt::format("'{}' must be a number up to {}", key, limit));
    }
    return member->get<std::uint64_t>();
  }

  Result<FileDigest> read_digest(const Json& object, const char* key) const {
    const auto member = object.find(key);
    if (member == object.end() || !member->is_object()) return refuse(fmt::format("'{}' is missing", key));
    const auto hash = member->find("sha256");
    if (hash == member->end() || !hash->is_string() || !is_sha256_hex(hash->get_ref<const std::string&>())) {
      return refuse(fmt::format("'{}.sha256' must be 64 hexadecimal digits", key));
    }
    FileDigest digest;
    digest.sha256 = hash->get<std::string>();
    digest.bytes = TRY(number(*member, "bytes", std::uint64_t{1} << 53));
    return digest;
  }

  Result<RecordedVersion> read_version(const Json& row) const {
    if (!row.is_object()) return refuse("a version must be an object");
    RecordedVersion version;
    version.number = static_cast<int>(TRY(number(row, "version", kMaxVersionNumber)));
    const auto created = row.find("created");
    if (created == row.end() || !created->is_string()) return refuse("'created' is missing");
    version.created = created->get<std::string>();
    version.weights = TRY(read_digest(row, "weights"));
    const auto has = [&row](const char* key) { return row.contains(key) && !row[key].is_null(); };
    if (has("metadata")) version.metadata = TRY(read_digest(row, "metadata"));
    if (has("config")) version.config = TRY(read_digest(row, "config"));
    return version;
  }

  std::string name_;
};

}  // namespace

const FileDigest* RecordedVersion::file(FileKind kind) const {
  if (kind == FileKind::kWeights) return &weights;
  const std::optional<FileDigest>& digest = kind == FileKind::kMetadata ? metadata : config;
  return digest ? &*digest : nullptr;
}

const RecordedVersion* VersionRecord::find(int number) const {
  const auto it = std::find_if(versions.begin(), versions.end(),
                               [number](const RecordedVersion& version) { return version.number == number; });
  return it == versions.end() ? nullptr : &*it;
}

Result<VersionRecord> parse_record(std::string_view text, std::string_view name) {
  const RecordReader reader(name);
  if (!check_json_object(text, "record")) return reader.refuse("it is no JSON object");
  return reader.read(Json::parse(text, nullptr, false));
}

std::string format_record(const VersionRecord& record) {
  Json versions = Json::array();
  for (const RecordedVersion& version : record.versions) {
    versions.push_back({{"version", version.number},
                        {"created", version.created},
                        {"weights", digest_as_json(version.weights)},
                        {"metadata", digest_as_json(version.metadata)},
                        {"config", digest_as_json(version.config)}});
  }
  const Json document = {{"schema", 1},
                         {"name", record.name},
                         {"revision", record.revision},
                         {"next_version", record.next_number},
                         {"versions", versions},
                         {"pending", record.pending ? Json::parse(format_log_line(*record.pending, "")) : Json()}};
  return document.dump(2) + "\n";
}

Result<std::optional<VersionRecord>> read_record(const StoreLayout& layout, std::string_view name) {
  Result<std::string> text = read_file(layout.record(name), kMaxRecordBytes);
  if (!text && text.error().code == Code::kNotFound) return std::nullopt;
  if (!text) return fail(std::move(text).error());
  return TRY(parse_record(*text, name));
}

Result<std::vector<std::string>> list_records(const StoreLayout& layout) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator files(layout.records(), error);
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    const std::filesystem::path path = files->path();
    if (path.extension() == ".json" && ModelName::parse(path.stem().string())) names.push_back(path.stem().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(Code::kUnavailable,
                fmt::format("the folder {} cannot be read: {}", layout.records().string(), error.message()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tandem
