// SPDX-License-Identifier: Apache-2.0
// Tests of the head parser.
#include "serve/http/request_parser.h"

#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

// Parses `text` given in two parts; returns the status of the rejection, 0 when accepted.
int parse_split(std::string text, std::size_t split, RequestHead& head) {
  const HttpLimits limits;
  std::size_t scanned = 0;
  auto end = find_head_end(std::string_view(text).substr(0, split), scanned, limits);
  if (end && *end == 0) end = find_head_end(text, scanned, limits);
  if (!end) return end.error().status;
  if (*end == 0) return -1;
  const auto parsed = parse_head({text.data(), *end}, limits, head);
  return parsed ? 0 : parsed.error().status;
}

int status_of(const std::string& text) {
  RequestHead head;
  return parse_split(text, 0, head);
}

std::string with_header(const std::string& lines) { return "POST /x HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n"; }

TEST(RequestParserTest, SplitAtEveryByteGivesTheSameHead) {
  const std::string text =
      "POST /v2/models/a%20b/infer?x=1&y HTTP/1.1\r\nHost: h:1\r\nContent-Length:  12 \r\nX-Empty:\r\n"
      "Inference-Header-Content-Length: 5\r\n\r\n";
  for (std::size_t split = 0; split <= text.size(); ++split) {
    std::string copy = text;
    const HttpLimits limits;
    std::size_t scanned = 0;
    auto end = find_head_end(std::string_view(copy).substr(0, split), scanned, limits);
    ASSERT_TRUE(end);
    if (*end == 0) end = find_head_end(copy, scanned, limits);
    ASSERT_TRUE(end);
    ASSERT_EQ(*end, text.size());
    RequestHead head;
    ASSERT_TRUE(parse_head({copy.data(), *end}, limits, head));
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.path, "/v2/models/a%20b/infer");
    EXPECT_EQ(head.query, "x=1&y");
    EXPECT_EQ(head.content_length, 12U);
    EXPECT_EQ(head.json_length, 5U);
    ASSERT_EQ(head.headers.size(), 4U);
    EXPECT_EQ(head.headers[1].first, "content-length");
    EXPECT_EQ(head.headers[1].second, "12");
    EXPECT_EQ(head.headers[2].second, "");
    EXPECT_TRUE(head.keep_alive);
  }
}

TEST(RequestParserTest, RejectsAmbiguousFraming) {
  EXPECT_EQ(status_of(with_header("Content-Length: 1\r\nContent-Length: 1\r\n")), 400);
  EXPECT_EQ(status_of(with_header("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")), 400);
  EXPECT_EQ(status_of(with_header("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")), 400);
  EXPECT_EQ(status_of("POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_of(with_header("Transfer-Encoding: gzip, chunked\r\n")), 501);
}

TEST(RequestParserTest, RejectsContentLengthsThatAreNotPlainDigits) {
  for (const char* value : {"-1", "+1", "1,1", "0x10", "", "1 2", "18446744073709551616"}) {
    EXPECT_EQ(status_of(with_header(std::string("Content-Length: ") + value + "\r\n")), 400) << value;
  }
  EXPECT_EQ(status_of(with_header("Content-Length: 67108865\r\n")), 413);
  EXPECT_EQ(status_of(with_header("Content-Length: 67108864\r\n")), 0);
}

TEST(RequestParserTest, FindsAControlCharacterWhereverItStandsInAValue) {
  for (std::size_t at = 0; at < 20; ++at) {
    for (const char bad : {'\0', '\x01', '\x1f', '\x7f'}) {
      std::string value(20, 'v');
      value[at] = bad;
      EXPECT_EQ(status_of(with_header("X: <" + value + ">\r\n")), 400) << at << " " << int{bad};
    }
  }
}

TEST(RequestParserTest, TakesTabsAndBytesBeyondAsciiInValues) {
  for (std::size_t at = 0; at < 20; ++at) {
    for (const char good : {'\t', ' ', '~', '\x80', '\xff'}) {
      std::string value(20, 'v');
      value[at] = good;
      EXPECT_EQ(status_of(with_header("X: <" + value + ">\r\n")), 0) << at << " " << int{good};
    }
  }
}

TEST(RequestParserTest, FindsWhatMustBeEncodedWhereverItStandsInTheTarget) {
  for (std::size_t at = 0; at < 20; ++at) {
    for (int byte = 1; byte < 256; ++byte) {
      std::string target(20, 't');
      target[at] = static_cast<char>(byte);
      const bool visible = byte > 0x20 && byte < 0x7f;
      const bool is_line_end = byte == '\r' || byte == '\n';
      if (is_line_end) continue;
      EXPECT_EQ(status_of("GET /" + target + " HTTP/1.1\r\nHost: a\r\n\r\n"), visible ? 0 : 400) << at << " " << byte;
    }
  }
}

TEST(RequestParserTest, RejectsBrokenHeaderLines) {
  EXPECT_EQ(status_of(with_header("A b: c\r\n")), 400);
  EXPECT_EQ(status_of(with_header("A : c\r\n")), 400);
  EXPECT_EQ(status_of(with_header(": c\r\n")), 400);
  EXPECT_EQ(status_of(with_header("no colon\r\n")), 400);
  EXPECT_EQ(status_of(with_header("A: b\r\n folded\r\n")), 400);
  EXPECT_EQ(status_of(with_header(std::string("A: b\0c\r\n", 8))), 400);
  EXPECT_EQ(status_of(with_header("A: b\rc\r\n")), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\nHost: a\n\n"), 400);
}

TEST(RequestParserTest, RejectsBrokenRequestLines) {
  for (const char* line : {"GET", "GET /", "GET / HTTP/1.1 x", " / HTTP/1.1", "G@T / HTTP/1.1", "GET x HTTP/1.1",
                           "GET /\x01 HTTP/1.1", "GET /\xFF HTTP/1.1", "GET / FTP/1.1", "GET / /b HTTP/1.1"}) {
    EXPECT_EQ(status_of(std::string(line) + "\r\nHost: a\r\n\r\n"), 400) << line;
  }
  EXPECT_EQ(status_of("PRI * HTTP/2.0\r\n\r\n"), 505);
}

TEST(RequestParserTest, NeedsOneHostInHttp11) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n"), 0);
}

TEST(RequestParserTest, BoundsHeadAndHeaderCount) {
  EXPECT_EQ(status_of(with_header("A: " + std::string(17000, 'x') + "\r\n")), 431);
  EXPECT_EQ(status_of("GET /" + std::string(20000, 'x')), 431);
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "A: b\r\n";
  EXPECT_EQ(status_of(with_header(lines)), 431);
}

TEST(RequestParserTest, TakesAbsoluteTargets) {
  RequestHead head;
  std::string text = "GET http://host:5003/v2?a HTTP/1.1\r\nHost: a\r\n\r\n";
  ASSERT_TRUE(parse_head({text.data(), text.size()}, HttpLimits{}, head));
  EXPECT_EQ(head.path, "/v2");
  EXPECT_EQ(head.query, "a");
}

TEST(RequestParserTest, KnowsWhenToKeepTheConnection) {
  const auto keeps = [](std::string text) {
    RequestHead head;
    EXPECT_TRUE(parse_head({text.data(), text.size()}, HttpLimits{}, head));
    return head.keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

}  // namespace
}  // namespace tandem::serve
