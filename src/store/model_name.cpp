// SPDX-License-Identifier: Apache-2.0
// The names of models: {task}_{architecture}_{dataset}_{YYYYMMDD}, taken apart and checked.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

#include "store/store.h"

namespace tandem {
namespace {

// Fields that hold '_' can only be told apart when they are known; any single word is accepted besides.
constexpr std::array<std::string_view, 4> kTasksWithUnderscore = {"face_detection", "face_recognition",
                                                                  "defect_detection", "powerline_inspection"};
constexpr std::array<std::string_view, 1> kArchitecturesWithUnderscore = {"faster_rcnn"};
constexpr std::size_t kMaxNameLength = 200;

bool is_word_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// Letters and digits in groups joined by '-'.
bool is_field(std::string_view text) {
  if (text.empty() || text.front() == '-' || text.back() == '-' || text.find("--") != text.npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '-' || is_word_character(c); });
}

/// Takes one field and its '_' off the front of `rest`; a known field with '_' inside goes before a single word.
std::string take_field(std::string_view& rest, std::span<const std::string_view> known) {
  std::size_t length = std::min(rest.find('_'), rest.size());
  for (const std::string_view candidate : known) {
    if (rest.starts_with(candidate) && rest.size() > candidate.size() && rest[candidate.size()] == '_') {
      length = candidate.size();
    }
  }
  std::string field(rest.substr(0, length));
  rest.remove_prefix(std::min(length + 1, rest.size()));
  return field;
}

Status check_field(std::string_view name, std::string_view what, std::string_view field) {
  std::string words(field);
  std::replace(words.begin(), words.end(), '_', '-');
  if (is_field(words)) return {};
  return invalid_argument(
      fmt::format("model name '{}': the {} '{}' must be lower-case letters and digits, in groups joined by "
                  "'-'; names are {{task}}_{{architecture}}_{{dataset}}_{{YYYYMMDD}}",
                  name, what, field));
}

bool is_calendar_date(std::string_view text) {
  if (text.size() != 8 || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return false;
  const int value = std::stoi(std::string(text));
  const std::chrono::year_month_day date{std::chrono::year(value / 10000),
                                         std::chrono::month(static_cast<unsigned>(value / 100 % 100)),
                                         std::chrono::day(static_cast<unsigned>(value % 100))};
  return date.ok();
}

}  // namespace

Result<ModelName> ModelName::parse(std::string_view text) {
  const auto printable = [](char c) { return c > ' ' && c < 127; };
  if (text.size() > kMaxNameLength || !std::all_of(text.begin(), text.end(), printable)) {
    return invalid_argument(
        fmt::format("a model name is at most {} printable characters without spaces", kMaxNameLength));
  }
  std::string_view rest = text;
  ModelName name;
  name.task = take_field(rest, kTasksWithUnderscore);
  name.architecture = take_field(rest, kArchitecturesWithUnderscore);
  name.dataset = take_field(rest, {});
  name.date = rest;
  TRY(check_field(text, "task", name.task));
  TRY(check_field(text, "architecture", name.architecture));
  TRY(check_field(text, "dataset", name.dataset));
  if (!is_calendar_date(name.date)) {
    return invalid_argument(
        fmt::format("model name '{}': the last field '{}' must be a calendar date YYYYMMDD; names are "
                    "{{task}}_{{architecture}}_{{dataset}}_{{YYYYMMDD}}",
                    text, name.date));
  }
  return name;
}

std::string ModelName::text() const { return fmt::format("{}_{}_{}_{}", task, architecture, dataset, date); }

}  // namespace tandem
