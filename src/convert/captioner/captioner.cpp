// SPDX-License-Identifier: Apache-2.0
// Puts the captioner's graphs and its word list together.
#include "convert/captioner/captioner.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "convert/captioner/config.h"
#include "convert/captioner/parts.h"

namespace tandem::convert {
namespace {

/// Preprocessing that torchvision's MobileNetV3 was trained with.
ImageInput image_input(const CaptionerConfig& config) {
  return {config.image_size, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};
}

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

}  // namespace

Result<Conversion> convert_captioner(Weights& weights, const ConvertOptions& options,
                                     const std::vector<IntegerTable>& tables) {
  const CaptionerConfig config = TRY(infer_captioner(weights, options));
  Conversion conversion;
  conversion.task = "caption";
  conversion.facts = describe(config);
  conversion.models.push_back({"encoder", TRY(build_encoder(weights, config)), image_input(config)});
  conversion.models.push_back({"step", TRY(build_step(weights, config)), std::nullopt});
  const auto table = std::find_if(tables.begin(), tables.end(), [](const auto& t) { return t.name == "word_map"; });
  if (table == tables.end()) {
    conversion.facts.emplace_back("words", "none in the checkpoint: captions will be numbers");
    return conversion;
  }
  const std::vector<std::string> words = TRY(words_by_id(*table, config.vocabulary));
  conversion.models.back().model.metadata["words"] =
      nlohmann::json(words).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return conversion;
}

}  // namespace tandem::convert
