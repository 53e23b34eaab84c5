// SPDX-License-Identifier: Apache-2.0
// Words and their numbers, checked: every number has one word.
#include "convert/networks/captioner/words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>

namespace tandem::convert {
namespace {

/// Words by id; every id of the vocabulary once.
Result<std::vector<std::string>> words_by_id(const IntegerTable& table, std::int64_t vocabulary) {
  std::vector<std::string> words(static_cast<std::size_t>(vocabulary));
  for (const auto& [word, id] : table.entries) {
    if (id < 0 || id >= vocabulary || !words[static_cast<std::size_t>(id)].empty() || word.empty()) {
      return invalid_argument(fmt::format("'{}' gives the word '{}' the number {}: expected each of 0 to {} once",
                                          table.name, word, id, vocabulary - 1));
    }
    words[static_cast<std::size_t>(id)] = word;
  }
  const auto missing = std::find(words.begin(), words.end(), "");
  if (missing == words.end()) return words;
  return invalid_argument(fmt::format("'{}' has no word for the number {}", table.name, missing - words.begin()));
}

/// What vocabularies call their special words.
constexpr std::array<std::string_view, 4> kStartNames = {"<start>", "<sos>", "<bos>", "<s>"};
constexpr std::array<std::string_view, 3> kEndNames = {"<end>", "<eos>", "</s>"};
constexpr std::array<std::string_view, 1> kPadNames = {"<pad>"};
constexpr std::array<std::string_view, 1> kUnknownNames = {"<unk>"};

/// The id of the first of the names that is a word.
std::optional<std::int64_t> find_word(const std::vector<std::string>& words, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    const auto found = std::find(words.begin(), words.end(), name);
    if (found != words.end()) return found - words.begin();
  }
  return std::nullopt;
}

/// What the checkpoint says of its words: what a caption needs, or why there is none.
struct Vocabulary {
  std::optional<CaptionWords> caption;
  std::string fact;
};

/// Errors: invalid_argument (numbers that are not those of the words).
Result<Vocabulary> read_vocabulary(const std::vector<IntegerTable>& tables, std::int64_t size) {
  const auto table = std::find_if(tables.begin(), tables.end(), [](const auto& t) { return t.name == "word_map"; });
  if (table == tables.end()) {
    return Vocabulary{std::nullopt, "no 'word_map' in the checkpoint: captions need the config's section 'caption'"};
  }
  CaptionWords caption;
  caption.words = TRY(words_by_id(*table, size));
  const auto start = find_word(caption.words, kStartNames);
  const auto end = find_word(caption.words, kEndNames);
  if (!start || !end) {
    return Vocabulary{std::nullopt,
                      fmt::format("none is called {}, or none {}: captions need the config's section 'caption'",
                                  fmt::join(kStartNames, ", "), fmt::join(kEndNames, ", "))};
  }
  caption.start = *start;
  caption.end = *end;
  caption.pad = find_word(caption.words, kPadNames);
  caption.unknown = find_word(caption.words, kUnknownNames);
  std::string fact = fmt::format("{} to {}", caption.words[static_cast<std::size_t>(caption.start)],
                                 caption.words[static_cast<std::size_t>(caption.end)]);
  return Vocabulary{std::move(caption), std::move(fact)};
}

std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// The encoder is the conversion's first model, the step its last.
Status add_words(Conversion& conversion, const std::vector<IntegerTable>& tables, CaptionSizes sizes) {
  Vocabulary vocabulary = TRY(read_vocabulary(tables, sizes.words));
  conversion.models.front().caption = std::move(vocabulary.caption);
  conversion.facts.emplace_back("captions", std::move(vocabulary.fact));
  nlohmann::ordered_json encoder = {{"part", "encoder"}, {"cells", {sizes.cells, sizes.cells}}};
  nlohmann::ordered_json step = {{"part", "step"}};
  if (const auto& caption = conversion.models.front().caption) {
    step["words"] = caption->words;
    if (caption->pad) step["pad"] = *caption->pad;
    step["start"] = caption->start;
    step["end"] = caption->end;
  }
  conversion.models.front().model.metadata["captioner"] = dump(encoder);
  conversion.models.back().model.metadata["captioner"] = dump(step);
  return {};
}

}  // namespace

Result<Conversion> caption_conversion(CaptionerParts parts, const std::vector<IntegerTable>& tables) {
  Conversion conversion;
  conversion.task = "caption";
  conversion.facts = std::move(parts.facts);
  conversion.models.push_back({"encoder", std::move(parts.encoder), std::move(parts.image)});
  conversion.models.push_back({"step", std::move(parts.step)});
  TRY(add_words(conversion, tables, parts.sizes));
  return conversion;
}

}  // namespace tandem::convert
