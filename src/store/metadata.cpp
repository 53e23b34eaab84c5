// SPDX-License-Identifier: Apache-2.0
// metadata/NAME.json, read as hostile text.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "store/json_text.h"
#include "store/store.h"

namespace tandem {
namespace {

constexpr std::uint64_t kMaxMetadataBytes = 4 << 20;

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
  TRY(check_json_object(metadata.json, file.string()));
  const nlohmann::json document = nlohmann::json::parse(metadata.json, nullptr, false);
  metadata.version = TRY(text_member(document, "version", metadata.version, file.string()));
  metadata.description = TRY(text_member(document, "description", {}, file.string()));
  return metadata;
}

}  // namespace tandem
