// SPDX-License-Identifier: Apache-2.0
// Answers of servers, whole and in pieces, and what is none.
#include "serve/client/answer_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

constexpr std::string_view kCounted =
    "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello";
constexpr std::string_view kChunked =
    "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";

TEST(AnswerReader, ReadsABodyThatIsCounted) {
  AnswerReader reader;
  ASSERT_TRUE(reader.feed(kCounted));
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.status(), 200);
  EXPECT_EQ(reader.body(), "hello");
  EXPECT_TRUE(reader.stays_open());
}

TEST(AnswerReader, ReadsABodyInChunks) {
  AnswerReader reader;
  ASSERT_TRUE(reader.feed(kChunked));
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.status(), 503);
  EXPECT_EQ(reader.body(), "abc0123456789");
}

TEST(AnswerReader, DoesNotMindWhereTheBytesAreCut) {
  for (const std::string_view whole : {kCounted, kChunked}) {
    AnswerReader reader;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_FALSE(reader.done());
      ASSERT_TRUE(reader.feed(whole.substr(i, 1)));
    }
    EXPECT_TRUE(reader.done());
  }
}

TEST(AnswerReader, KeepsTheBeginOfALongBodyOnly) {
  AnswerReader reader;
  ASSERT_TRUE(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n"));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(reader.feed(std::string(1'000'000, 'x')));
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.body().size(), AnswerReader::kKeptBytes);
  EXPECT_EQ(reader.body_bytes(), 3'000'000U);
}

TEST(AnswerReader, NotesThatTheConnectionEnds) {
  AnswerReader reader;
  ASSERT_TRUE(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n"));
  EXPECT_TRUE(reader.done());
  EXPECT_FALSE(reader.stays_open());
}

TEST(AnswerReader, RefusesWhatIsNoAnswer) {
  const std::string long_head = "HTTP/1.1 200 OK\r\nX: " + std::string(AnswerReader::kMaxHeadBytes, 'x');
  const std::vector<std::pair<std::string, std::string>> table = {
      {"SSH-2.0-OpenSSH\r\n\r\n", "does not begin with HTTP/1.1"},
      {"HTTP/1.1 2x0 OK\r\n\r\n", "'2x0' is no length"},
      {"HTTP/1.1 100 Continue\r\n\r\n", "status 100"},
      {"HTTP/1.1 200 OK\r\n\r\n", "how long its body is"},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "'-1' is no length"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "is no length"},
      {"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "a header without a colon"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "transfer-encoding 'gzip'"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "'zz' is no length"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "longer than it says"},
      {std::string(kCounted) + "x", "bytes follow its end"},
      {long_head, "without an end"},
  };
  for (const auto& [bytes, expected] : table) {
    AnswerReader reader;
    const Status fed = reader.feed(bytes);
    ASSERT_FALSE(fed) << bytes.substr(0, 60);
    EXPECT_THAT(fed.error().message, testing::HasSubstr(expected));
  }
}

}  // namespace
}  // namespace tandem::serve
