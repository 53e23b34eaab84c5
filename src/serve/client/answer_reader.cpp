// SPDX-License-Identifier: Apache-2.0
// A head of bounded size, then a body that is counted or comes in chunks.
#include "serve/client/answer_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "serve/http/header_text.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kMaxLineBytes = 1024;

tl::unexpected<Error> not_http(std::string_view what) {
  return fail(Code::kDataLoss, fmt::format("the server's answer is not HTTP/1.1: {}", what));
}

Result<std::uint64_t> parse_count(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (problem != std::errc() || end != text.data() + text.size()) {
    return not_http(fmt::format("'{}' is no length", text.substr(0, 40)));
  }
  return value;
}

}  // namespace

Status AnswerReader::read_field(std::string_view name, std::string_view value) {
  const std::string_view text = trim(value);
  if (equals_lower(name, "content-length")) {
    left_ = TRY(parse_count(text, 10));
    counted_ = true;
  } else if (equals_lower(name, "transfer-encoding")) {
    if (!equals_lower(text, "chunked")) return not_http(fmt::format("transfer-encoding '{}'", text.substr(0, 40)));
    chunked_ = true;
  } else if (equals_lower(name, "connection")) {
    stays_open_ = !list_holds(text, "close");
  }
  return {};
}

Status AnswerReader::read_head(std::string_view head) {
  constexpr std::size_t kStatusLine = 12;  // "HTTP/1.1 200"
  if (head.size() < kStatusLine || !head.starts_with("HTTP/1.1 ")) return not_http("it does not begin with HTTP/1.1");
  status_ = static_cast<int>(TRY(parse_count(head.substr(9, 3), 10)));
  std::size_t at = head.find("\r\n");
  while (at != std::string_view::npos && at + 2 < head.size()) {
    const std::size_t end = std::min(head.find("\r\n", at + 2), head.size());
    const std::string_view line = head.substr(at + 2, end - at - 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return not_http("a header without a colon");
    TRY(read_field(line.substr(0, colon), line.substr(colon + 1)));
    at = end < head.size() ? end : std::string_view::npos;
  }
  if (status_ < 200) return not_http(fmt::format("status {}", status_));
  if (chunked_) {
    state_ = State::kChunkSize;
  } else if (counted_ || status_ == 204) {
    state_ = left_ > 0 ? State::kCounted : State::kDone;
  } else {
    return not_http("it does not say how long its body is");
  }
  return {};
}

Status AnswerReader::read_line(std::string_view line) {
  if (state_ == State::kChunkSize) {
    left_ = TRY(parse_count(trim(line.substr(0, line.find(';'))), 16));
    state_ = left_ > 0 ? State::kChunk : State::kTrailer;
  } else if (state_ == State::kChunkEnd) {
    if (!line.empty()) return not_http("a chunk is longer than it says");
    state_ = State::kChunkSize;
  } else if (line.empty()) {
    state_ = State::kDone;  // after the trailers
  }
  return {};
}

void AnswerReader::take_body(std::string_view& bytes) {
  const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  body_ += bytes.substr(0, std::min(count, kKeptBytes - body_.size()));
  body_bytes_ += count;
  left_ -= count;
  bytes.remove_prefix(count);
  if (left_ == 0) state_ = state_ == State::kCounted ? State::kDone : State::kChunkEnd;
}

Status AnswerReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (state_ == State::kDone) return not_http("bytes follow its end");
    if (state_ == State::kCounted || state_ == State::kChunk) {
      take_body(bytes);
      continue;
    }
    // The head, or a line: byte for byte, because its end may come in pieces.
    const std::string_view mark = state_ == State::kHead ? "\r\n\r\n" : "\r\n";
    const std::size_t limit = state_ == State::kHead ? kMaxHeadBytes : kMaxLineBytes;
    text_ += bytes.front();
    bytes.remove_prefix(1);
    if (text_.size() > limit) return not_http(fmt::format("more than {} bytes without an end", limit));
    if (!text_.ends_with(mark)) continue;
    const std::string whole = std::exchange(text_, std::string());
    const std::string_view content = std::string_view(whole).substr(0, whole.size() - mark.size());
    TRY(state_ == State::kHead ? read_head(content) : read_line(content));
  }
  return {};
}

}  // namespace tandem::serve
