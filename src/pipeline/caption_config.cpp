// SPDX-License-Identifier: Apache-2.0
// Words are named in the config as a person reads them; here they become ids.
#include "pipeline/caption_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "pipeline/config_reader.h"

namespace tandem {
namespace {

constexpr std::int64_t kMaxSteps = 1000;
constexpr std::int64_t kMaxGridSide = 1024;

/// A name that cannot lead out of the folder or store in which it is looked up.
Result<std::string> read_model_name(const ConfigValue& value) {
  std::string name = TRY(value.text());
  if (name.find_first_of("/\\") != std::string::npos) {
    return value.wrong("the name of a model, without a folder");
  }
  return name;
}

Result<std::vector<std::string>> read_words(const ConfigValue& value) {
  const auto items = TRY(value.list());
  if (items.size() < 2) return value.wrong("at least two words");
  std::vector<std::string> words;
  words.reserve(items.size());
  for (const ConfigValue& item : items) words.push_back(TRY(item.text()));
  return words;
}

Result<std::int64_t> read_id(const ConfigValue& value, const std::vector<std::string>& words) {
  const std::string word = TRY(value.text());
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return value.wrong(fmt::format("one of the {} words", words.size()));
  if (std::find(found + 1, words.end(), word) != words.end()) return value.wrong("a word that stands once in words");
  return found - words.begin();
}

Status read_special_words(const ConfigMapping& mapping, CaptionConfig& config) {
  const ConfigValue start = TRY(mapping.required("start"));
  const ConfigValue end = TRY(mapping.required("end"));
  config.start = TRY(read_id(start, config.words));
  config.end = TRY(read_id(end, config.words));
  config.never.push_back(config.start);
  for (const std::string_view key : {"pad", "unknown"}) {
    if (const auto value = mapping.find(key)) config.never.push_back(TRY(read_id(*value, config.words)));
  }
  const bool can_end = std::find(config.never.begin(), config.never.end(), config.end) == config.never.end();
  return can_end ? Status{} : end.wrong("another word than start, pad and unknown");
}

Result<CaptionGrid> read_grid(const ConfigValue& value) {
  const auto sides = TRY(value.list());
  if (sides.size() != 2) return value.wrong("two numbers, rows and columns");
  CaptionGrid grid;
  grid.rows = static_cast<std::size_t>(TRY(sides[0].integer(1, kMaxGridSide)));
  grid.columns = static_cast<std::size_t>(TRY(sides[1].integer(1, kMaxGridSide)));
  return grid;
}

}  // namespace

Result<CaptionConfig> read_caption_config(const ConfigValue& value) {
  const ConfigMapping mapping =
      TRY(ConfigMapping::open(value, {"step", "words", "start", "end", "pad", "unknown", "max_words", "grid"}));
  const ConfigValue step = TRY(mapping.required("step"));
  const ConfigValue words = TRY(mapping.required("words"));
  CaptionConfig config;
  config.step = TRY(read_model_name(step));
  config.words = TRY(read_words(words));
  TRY(read_special_words(mapping, config));
  if (const auto most = mapping.find("max_words")) config.max_words = TRY(most->integer(1, kMaxSteps));
  if (const auto grid = mapping.find("grid")) config.grid = TRY(read_grid(*grid));
  return config;
}

}  // namespace tandem
