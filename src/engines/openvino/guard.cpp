// SPDX-License-Identifier: Apache-2.0
// The text of OpenVINO's exceptions, which is one line for each source file that it passed.
#include "engines/openvino/guard.h"

namespace tandem::openvino {
namespace {

constexpr std::size_t kMaxMessageBytes = 2000;

/// "Exception from src/inference/src/cpp/core.cpp:93:" tells only who works on OpenVINO something.
bool names_source_only(std::string_view line) { return line.starts_with("Exception from src/") && line.ends_with(':'); }

}  // namespace

std::string plain_message(std::string_view thrown) {
  std::string message;
  while (!thrown.empty()) {
    const std::size_t end = thrown.find('\n');
    std::string_view line = thrown.substr(0, end);
    thrown = end == std::string_view::npos ? std::string_view() : thrown.substr(end + 1);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
    if (line.empty() || names_source_only(line)) continue;
    if (!message.empty()) message += ' ';
    message += line;
  }
  if (message.size() > kMaxMessageBytes) message = message.substr(0, kMaxMessageBytes) + " ...";
  return message.empty() ? "OpenVINO gives no reason" : message;
}

}  // namespace tandem::openvino
