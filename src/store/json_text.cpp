// SPDX-License-Identifier: Apache-2.0
// JSON is parsed with a limit on its depth before anything looks at it.
#include "store/json_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tandem {
namespace {

constexpr int kMaxDepth = 32;

}  // namespace

Status check_json_object(std::string_view text, std::string_view what) {
  bool too_deep = false;
  const auto limit_depth = [&too_deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  const nlohmann::json document = nlohmann::json::parse(text, limit_depth, false);
  if (too_deep || document.is_discarded()) {
    return invalid_argument(fmt::format("{}: expected JSON of at most {} levels", what, kMaxDepth));
  }
  if (!document.is_object()) {
    return invalid_argument(fmt::format("{}: expected a JSON object, got {}", what, document.type_name()));
  }
  return {};
}

}  // namespace tandem
