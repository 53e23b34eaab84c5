// SPDX-License-Identifier: Apache-2.0
// Three lists of words.
#include "store/metric_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string>
#include <vector>

namespace tandem {
namespace {

/// A number of things says how much was measured, not how well.
constexpr auto kCounts = std::to_array<std::string_view>(
    {"count", "counts", "total", "samples", "correct", "seed", "threshold", "parameters"});
constexpr auto kSmaller = std::to_array<std::string_view>(
    {"error",   "errors",  "loss",  "mae",      "mse",        "rmse",      "mape",       "wer",   "cer",
     "eer",     "ece",     "fpr",   "fnr",      "miss",       "missed",    "misses",     "wrong", "false",
     "failed",  "invalid", "brier", "distance", "hausdorff",  "hd95",      "perplexity", "ms",    "us",
     "seconds", "latency", "bytes", "mb",       "difference", "deviation", "uncertainty"});
constexpr auto kLarger = std::to_array<std::string_view>(
    {"accuracy",  "acc",         "top",    "dice",        "iou",         "miou",   "jaccard", "f1",
     "fscore",    "precision",   "recall", "sensitivity", "specificity", "ap",     "map",     "auc",
     "auroc",     "auprc",       "bleu",   "rouge",       "cider",       "meteor", "spice",   "pearson",
     "spearman",  "kappa",       "mcc",    "psnr",        "ssim",        "r2",     "fps",     "throughput",
     "agreement", "correlation", "score",  "success"});

/// The words of a name in lower case.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (const char c : name) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter) != 0) {
      words.back() += static_cast<char>(std::tolower(letter));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
}

/// Whether a word is in the list, as it stands or without the digits at its end ("bleu4", "ap50").
bool any_in(std::span<const std::string_view> list, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [list](const std::string& word) {
    const std::string_view bare = std::string_view(word).substr(0, word.find_last_not_of("0123456789") + 1);
    return std::any_of(list.begin(), list.end(),
                       [&](std::string_view known) { return known == word || (known.size() > 1 && known == bare); });
  });
}

}  // namespace

Better better_direction(std::string_view metric) {
  const std::vector<std::string> words = words_of(metric);
  if (any_in(kCounts, words)) return Better::kUnknown;
  if (any_in(kSmaller, words)) return Better::kSmaller;
  if (any_in(kLarger, words)) return Better::kLarger;
  return Better::kUnknown;
}

}  // namespace tandem
