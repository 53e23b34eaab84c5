// SPDX-License-Identifier: Apache-2.0
// Pairs between '&', each cut at its first '='.
#include "serve/workbench/query.h"

#include <fmt/format.h>

#include "serve/http/request_parser.h"
#include "serve/http/router.h"

namespace tandem::serve {

Result<std::optional<std::string>> query_text(std::string_view query, std::string_view name) {
  std::optional<std::string> found;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) != name) continue;
    if (found) return invalid_argument(fmt::format("{} stands twice in the query", name));
    const std::string_view raw = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    if (!percent_decode(raw, found.emplace())) {
      return invalid_argument(fmt::format("{}: a '%' in the query must be followed by two hexadecimal digits", name));
    }
  }
  return found;
}

Result<std::optional<std::uint64_t>> query_number(std::string_view query, std::string_view name) {
  const auto text = TRY(query_text(query, name));
  if (!text) return std::optional<std::uint64_t>();
  std::uint64_t number = 0;
  if (!parse_decimal(*text, number)) return invalid_argument(fmt::format("{}: expected a whole number", name));
  return std::optional<std::uint64_t>(number);
}

}  // namespace tandem::serve
