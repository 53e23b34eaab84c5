// SPDX-License-Identifier: Apache-2.0
// Fuzzes the HTTP head parser, the chunked decoder and inflate, the way a connection uses them, and compressed answers.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "serve/http/body_decoder.h"
#include "serve/http/content_coding.h"
#include "serve/http/request_parser.h"

namespace {

using namespace tandem::serve;

void decode_body(const RequestHead& head, std::string_view rest) {
  constexpr std::uint64_t kLimit = 1 << 20;
  std::string body(rest);
  if (head.chunked) {
    ChunkedDecoder decoder(kLimit);
    std::string decoded;
    const auto fed = decoder.feed(rest, decoded);
    if (!fed || decoded.size() > kLimit) return;
    body = std::move(decoded);
  }
  if (head.content_encoding.empty()) return;
  const auto plain = decompress(head.content_encoding, body, kLimit);
  if (plain && plain->size() > kLimit) __builtin_trap();
}

// What a client gets in the coding that it asked for is what was to be said.
void answer_compressed(const RequestHead& head, std::string_view text) {
  for (const auto& [name, value] : head.headers) {
    if (name != "accept-encoding") continue;
    const ContentCoding coding = choose_coding(value);
    if (coding == ContentCoding::kIdentity) continue;
    HttpResponse response;
    response.text = text;
    const auto compressed = compress_body(response, coding);
    if (!compressed) continue;
    const auto plain = decompress(coding_name(coding), *compressed, text.size());
    if (!plain || *plain != text) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  const HttpLimits limits;
  std::size_t scanned = 0;
  const std::size_t half = size / 2;
  auto end = find_head_end(std::string_view(text).substr(0, half), scanned, limits);
  if (end && *end == 0) end = find_head_end(text, scanned, limits);
  std::size_t scanned_at_once = 0;
  const auto at_once = find_head_end(text, scanned_at_once, limits);
  if (end.has_value() && at_once.has_value() && *end != *at_once) __builtin_trap();
  if (!end || *end == 0) return 0;
  RequestHead head;
  if (!parse_head({text.data(), *end}, limits, head)) return 0;
  if (head.path.empty() || head.path[0] != '/' || head.content_length > limits.body_bytes) __builtin_trap();
  answer_compressed(head, std::string_view(text).substr(*end));
  decode_body(head, std::string_view(text).substr(*end));
  return 0;
}
