// SPDX-License-Identifier: Apache-2.0
// One child process at a time, looked after by poll().
#include "live/speaker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace tandem::live {
namespace {

/// At most kMaxBytes, without cutting a UTF-8 character in two, and without the bytes that end or disturb an argument.
std::string speakable(const std::string& sentence) {
  std::string text = sentence.substr(0, Speaker::kMaxBytes);
  const bool cut = text.size() < sentence.size();
  const auto continues = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; };
  if (cut && continues(sentence[text.size()])) {
    while (!text.empty() && continues(text.back())) text.pop_back();
    if (!text.empty()) text.pop_back();
  }
  std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20U; }, ' ');
  return text;
}

/// The last line that says something.
std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

std::vector<std::string> speech_arguments(const SpeakerOptions& options, const std::string& sentence,
                                          std::int64_t number) {
  std::vector<std::string> arguments;
  if (!options.voice.empty()) arguments.insert(arguments.end(), {"-v", options.voice});
  if (!options.folder.empty()) {
    arguments.insert(arguments.end(), {"-w", (options.folder / fmt::format("{:06}.wav", number)).string()});
  }
  arguments.insert(arguments.end(), {"--", speakable(sentence)});
  return arguments;
}

void Speaker::complain(std::string problem) {
  if (complained_) return;
  complained_ = true;
  problem_ = std::move(problem);
}

void Speaker::start(const std::string& sentence) {
  SubprocessOptions options;
  options.program = options_.program;
  options.arguments = speech_arguments(options_, sentence, ++started_);
  auto process = Subprocess::start(options);
  if (process) {
    speaking_.emplace(std::move(*process));
    return;
  }
  gone_ = true;
  complain(fmt::format("nothing is spoken: {}; apt-get install espeak-ng brings it", process.error().message));
}

void Speaker::say(const std::string& sentence) {
  if (gone_ || sentence.empty()) return;
  if (speaking_) {
    waiting_ = sentence;
  } else {
    start(sentence);
  }
}

std::optional<std::string> Speaker::poll() {
  if (speaking_) {
    speaking_->take_output();
    if (const auto status = speaking_->wait(std::chrono::milliseconds(0))) {
      speaking_->take_output();
      if (status->success()) ++said_;
      if (!status->success()) {
        complain(fmt::format("{} could not speak ({}): {}", options_.program.string(), to_string(*status),
                             last_line(speaking_->output())));
      }
      speaking_.reset();
    }
  }
  if (!speaking_ && waiting_) start(*std::exchange(waiting_, std::nullopt));
  return std::exchange(problem_, std::nullopt);
}

void Speaker::finish(std::chrono::milliseconds timeout) {
  const SteadyTime end = system_clock().now() + timeout;
  while (busy() && system_clock().now() < end) {
    if (speaking_) static_cast<void>(speaking_->wait(std::chrono::milliseconds(50)));
    std::optional<std::string> problem = poll();
    if (problem) problem_ = std::move(problem);  // for the next poll()
  }
}

}  // namespace tandem::live
