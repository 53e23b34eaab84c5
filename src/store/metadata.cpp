// SPDX-License-Identifier: Apache-2.0
// metadata/NAME.json, read as hostile text.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "store/store.h"

namespace tandem {
namespace {

constexpr std::uint64_t kMaxMetadataBytes = 4 << 20;
constexpr int kMaxDepth = 32;

/// The member as text; `fallback` when it is missing. Version numbers may be numbers.
Result<std::string> text_member(const nlohmann::json& document, const char* key, std::string fallback,
                                const std::string& file) {
  const auto member = document.find(key);
  if (member == document.end()) return fallback;
  if (member->is_string()) return member->get<std::string>();
  if (member->is_number_integer()) return member->dump();
  return invalid_argument(fmt::format("{}: '{}' must be a string, got {}", file, key, member->type_name()));
}

}  // namespace

Result<ModelMetadata> read_metadata(const std::filesystem::path& file) {
  ModelMetadata metadata;
  metadata.json = TRY(read_file(file, kMaxMetadataBytes));
  bool too_deep = false;
  const auto limit_depth = [&too_deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  const nlohmann::json document = nlohmann::json::parse(metadata.json, limit_depth, false);
  if (too_deep || document.is_discarded()) {
    return invalid_argument(fmt::format("{}: expected JSON of at most {} levels", file.string(), kMaxDepth));
  }
  if (!document.is_object()) {
    return invalid_argument(fmt::format("{}: expected a JSON object, got {}", file.string(), document.type_name()));
  }
  metadata.version = TRY(text_member(document, "version", metadata.version, file.string()));
  metadata.description = TRY(text_member(document, "description", {}, file.string()));
  return metadata;
}

}  // namespace tandem
