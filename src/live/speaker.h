// SPDX-License-Identifier: Apache-2.0
// Speaker: sentences said aloud by espeak-ng, a process of its own, one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/subprocess.h"

namespace tandem::live {

struct SpeakerOptions {
  std::filesystem::path program = "espeak-ng";  // or another that takes its options
  std::string voice;                            // "en", "ko", "de+f3"; empty: the program's own
  /// Sentences become files 000001.wav, 000002.wav ... here instead of sound; the folder exists. Empty: sound.
  std::filesystem::path folder;
};

/// While a sentence is being said, the newest of those that came meanwhile waits; older ones are dropped. Never blocks.
/// For one thread. Calls: (say | poll)*.
class Speaker final {
 public:
  /// Longer sentences are cut there.
  static constexpr std::size_t kMaxBytes = 1000;

  explicit Speaker(SpeakerOptions options) : options_(std::move(options)) {}

  void say(const std::string& sentence);

  /// Goes on with what waits. Returns what went wrong, as one sentence: once for a program that is missing, and once
  /// for one that fails.
  std::optional<std::string> poll();

  /// Whether something is being said, or waits.
  bool busy() const { return speaking_ || waiting_; }

  /// Waits until everything has been said, at most `timeout`.
  void finish(std::chrono::milliseconds timeout);

  /// Sentences that were said to their end.
  std::int64_t said() const { return said_; }

 private:
  void start(const std::string& sentence);
  void complain(std::string problem);

  SpeakerOptions options_;
  std::optional<Subprocess> speaking_;
  std::optional<std::string> waiting_;
  std::optional<std::string> problem_;  // not told yet
  bool complained_ = false;
  bool gone_ = false;  // the program is not there: not tried again
  std::int64_t started_ = 0;
  std::int64_t said_ = 0;
};

/// The arguments of espeak-ng. The sentence is one argument after "--": no shell reads it, and it is no option.
std::vector<std::string> speech_arguments(const SpeakerOptions& options, const std::string& sentence,
                                          std::int64_t number);

}  // namespace tandem::live
