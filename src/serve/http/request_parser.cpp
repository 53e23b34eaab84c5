// SPDX-License-Identifier: Apache-2.0
// Strict by design: what two servers could read in two ways is refused (request smuggling).
#include "serve/http/request_parser.h"

#include <array>
#include <cstring>
#include <limits>

#include "serve/http/header_text.h"

namespace tandem::serve {
namespace {

// tchar of RFC 9110: the value is the lower-case form, 0 for characters that no token holds.
constexpr std::array<char, 256> make_token_table() {
  std::array<char, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = static_cast<char>(c);
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = static_cast<char>(c);
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = static_cast<char>(c - 'A' + 'a');
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = c;
  return table;
}
constexpr std::array<char, 256> kToken = make_token_table();

char token_char(char c) { return kToken[static_cast<unsigned char>(c)]; }

Parsed<void> parse_target(std::string_view target, RequestHead& head) {
  if (holds_invisible(target)) return reject(400, "the request target holds a character that must be percent-encoded");
  if (target.starts_with("http://") || target.starts_with("https://")) {  // absolute-form, as proxies send it
    const std::size_t slash = target.find('/', target.find("//") + 2);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  if (target.empty() || target[0] != '/') return reject(400, "the request target must begin with '/'");
  target = target.substr(0, target.find('#'));
  const std::size_t question = target.find('?');
  head.path = target.substr(0, question);
  head.query = question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  return {};
}

Parsed<void> parse_request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || first == 0) {
    return reject(400, "the request line must read METHOD TARGET HTTP/1.1");
  }
  head.method = line.substr(0, first);
  for (const char c : head.method) {
    if (token_char(c) == 0) return reject(400, "the method holds a character that no method has");
  }
  const std::string_view version = line.substr(last + 1);
  if (version == "HTTP/1.1") {
    head.http_1_0 = false;
  } else if (version == "HTTP/1.0") {
    head.http_1_0 = true;
  } else if (version.starts_with("HTTP/")) {
    return reject(505, "this port speaks HTTP/1.1 and HTTP/1.0");
  } else {
    return reject(400, "the request line must read METHOD TARGET HTTP/1.1");
  }
  return parse_target(line.substr(first + 1, last - first - 1), head);
}

Parsed<void> parse_header_line(std::span<char> line, RequestHead& head) {
  std::size_t length = 0;
  while (length < line.size() && line[length] != ':') {
    const char lower = token_char(line[length]);
    if (lower == 0) return reject(400, "a header name holds a character that no name has, or a header line is folded");
    line[length++] = lower;
  }
  if (length == 0 || length == line.size()) return reject(400, "a header line must read Name: value");
  const std::string_view value(line.data() + length + 1, line.size() - length - 1);
  if (holds_control(value)) return reject(400, "a header value holds a control character");
  head.headers.emplace_back(std::string_view(line.data(), length), trim(value));
  return {};
}

// What the headers mean for this connection; the counts catch duplicates.
struct Framing {
  int content_lengths = 0;
  int transfer_encodings = 0;
  int hosts = 0;
};

Parsed<void> apply_length(std::string_view value, RequestHead& head, Framing& framing) {
  if (++framing.content_lengths > 1) return reject(400, "header content-length stands twice");
  if (!parse_decimal(value, head.content_length)) {
    return reject(400, "header content-length: expected decimal digits that fit into 64 bits");
  }
  return {};
}

Parsed<void> apply_transfer_encoding(std::string_view value, RequestHead& head, Framing& framing) {
  if (++framing.transfer_encodings > 1) return reject(400, "header transfer-encoding stands twice");
  if (!equals_lower(value, "chunked")) {
    return reject(501, "header transfer-encoding: only chunked is supported; compress with content-encoding instead");
  }
  head.chunked = true;
  return {};
}

void apply_connection(std::string_view value, RequestHead& head) {
  if (list_holds(value, "close")) {
    head.keep_alive = false;
  } else if (head.http_1_0 && list_holds(value, "keep-alive")) {
    head.keep_alive = true;
  }
}

Parsed<void> apply_header(std::string_view name, std::string_view value, RequestHead& head, Framing& framing) {
  switch (name.size()) {
    case 4:
      if (name == "host" && ++framing.hosts > 1) return reject(400, "header host stands twice");
      break;
    case 6:
      if (name == "expect") {
        if (!equals_lower(value, "100-continue")) return reject(417, "header expect: only 100-continue is known");
        head.expect_continue = !head.http_1_0;
      }
      break;
    case 10:
      if (name == "connection") apply_connection(value, head);
      break;
    case 14:
      if (name == "content-length") return apply_length(value, head, framing);
      break;
    case 16:
      if (name == "content-encoding" && !equals_lower(value, "identity")) head.content_encoding = value;
      break;
    case 17:
      if (name == "transfer-encoding") return apply_transfer_encoding(value, head, framing);
      break;
    case 31:
      if (name == "inference-header-content-length" && !parse_decimal(value, head.json_length)) head.json_length = 0;
      break;
    default: break;
  }
  return {};
}

Parsed<void> check_framing(const HttpLimits& limits, RequestHead& head, const Framing& framing) {
  if (!head.http_1_0 && framing.hosts == 0) return reject(400, "header host is missing");
  if (framing.transfer_encodings > 0 && framing.content_lengths > 0) {
    return reject(400, "a request must not have both content-length and transfer-encoding");
  }
  if (head.chunked && head.http_1_0) return reject(400, "HTTP/1.0 has no transfer-encoding");
  if (head.content_length > limits.body_bytes) {
    return reject(413, "the body has " + std::to_string(head.content_length) + " bytes, the limit is " +
                           std::to_string(limits.body_bytes));
  }
  if (head.json_length > head.content_length) head.json_length = 0;
  return {};
}

void reset(RequestHead& head) {
  auto headers = std::move(head.headers);
  headers.clear();
  head = RequestHead{};
  head.headers = std::move(headers);
}

}  // namespace

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool parse_decimal(std::string_view text, std::uint64_t& value) {
  if (text.empty()) return false;
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t result = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (result > (kMax - digit) / 10) return false;
    result = result * 10 + digit;
  }
  value = result;
  return true;
}

std::size_t count_leading_newlines(std::string_view bytes) {
  std::size_t count = 0;
  while (bytes.size() >= count + 2 && bytes[count] == '\r' && bytes[count + 1] == '\n') count += 2;
  return count;
}

Parsed<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned, const HttpLimits& limits) {
  while (scanned < bytes.size()) {
    const void* found = std::memchr(bytes.data() + scanned, '\n', bytes.size() - scanned);
    if (found == nullptr) {
      scanned = bytes.size();
      break;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (at == 0 || bytes[at - 1] != '\r') return reject(400, "a line of the head ends without a carriage return");
    scanned = at + 1;
    if (scanned > limits.head_bytes) break;
    if (at >= 3 && bytes[at - 2] == '\n') return scanned;
  }
  if (scanned > limits.head_bytes || bytes.size() > limits.head_bytes) {
    return reject(431, "the head of the request is longer than " + std::to_string(limits.head_bytes) + " bytes");
  }
  return std::size_t{0};
}

Parsed<void> parse_head(std::span<char> bytes, const HttpLimits& limits, RequestHead& head) {
  reset(head);
  const std::string_view text(bytes.data(), bytes.size());
  std::size_t begin = 0;
  std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos) return reject(400, "the request line must read METHOD TARGET HTTP/1.1");
  if (auto line = parse_request_line(text.substr(0, end), head); !line) return line;
  head.keep_alive = !head.http_1_0;
  Framing framing;
  for (begin = end + 2; (end = text.find("\r\n", begin)) != std::string_view::npos && end > begin; begin = end + 2) {
    if (head.headers.size() == limits.header_count) {
      return reject(431, "more than " + std::to_string(limits.header_count) + " headers");
    }
    if (auto line = parse_header_line(bytes.subspan(begin, end - begin), head); !line) return line;
    const auto& [name, value] = head.headers.back();
    if (auto applied = apply_header(name, value, head, framing); !applied) return applied;
  }
  return check_framing(limits, head, framing);
}

}  // namespace tandem::serve
