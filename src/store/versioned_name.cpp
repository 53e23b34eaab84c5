// SPDX-License-Identifier: Apache-2.0
// Names as people type them, right or nearly right.
#include "store/versioned_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "store/store.h"
#include "store/version_record.h"

namespace tandem {
namespace {

constexpr std::size_t kMaxShown = 3;
constexpr std::size_t kMaxCompared = 256;

/// Letters to insert, delete or replace (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row[b.size()];
}

}  // namespace

Result<VersionedName> VersionedName::parse(std::string_view text) {
  const auto at = text.find('@');
  VersionedName parsed;
  parsed.name = std::string(text.substr(0, at));
  TRY(ModelName::parse(parsed.name));
  if (at == text.npos) return parsed;
  const std::string_view digits = text.substr(at + 1);
  int number = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (end.ec != std::errc() || end.ptr != digits.data() + digits.size() || number < 1 || number > kMaxVersionNumber) {
    return invalid_argument(fmt::format("'{}': after '@' a version is expected, a number from 1, as in {}@2",
                                        text.substr(0, kMaxCompared), parsed.name));
  }
  parsed.version = number;
  return parsed;
}

std::string VersionedName::text() const { return version ? fmt::format("{}@{}", name, *version) : name; }

std::vector<std::string> closest_names(std::string_view text, std::vector<std::string> names) {
  const std::string_view compared = text.substr(0, kMaxCompared);
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (std::string& name : names) {
    const bool holds = !compared.empty() && name.find(compared) != std::string::npos;
    ranked.emplace_back(holds ? 0 : edit_distance(compared, name), std::move(name));
  }
  std::sort(ranked.begin(), ranked.end());
  if (ranked.size() > kMaxShown) ranked.resize(kMaxShown);
  std::vector<std::string> closest;
  for (auto& [distance, name] : ranked) closest.push_back(std::move(name));
  return closest;
}

}  // namespace tandem
