// SPDX-License-Identifier: Apache-2.0
// Tests of chunked and compressed bodies.
#include "serve/http/body_decoder.h"

#include <gtest/gtest.h>

#include "support/compress.h"

namespace tandem::serve {
namespace {

int status_after(std::string_view bytes, std::uint64_t limit = 1000) {
  ChunkedDecoder decoder(limit);
  std::string out;
  const auto fed = decoder.feed(bytes, out);
  return fed ? 0 : fed.error().status;
}

TEST(ChunkedDecoderTest, SplitAtEveryByteGivesTheSameBody) {
  const std::string bytes = "4\r\nWiki\r\n6;name=value\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nTrailer: x\r\n\r\n";
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    ChunkedDecoder decoder(1000);
    std::string out;
    const auto first = decoder.feed(std::string_view(bytes).substr(0, split), out);
    const auto second = decoder.feed(std::string_view(bytes).substr(split), out);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(*first + *second, bytes.size());
    EXPECT_TRUE(decoder.done());
    EXPECT_EQ(out, "Wikipedia in \r\n\r\nchunks.");
  }
}

TEST(ChunkedDecoderTest, LeavesTheNextRequestAlone) {
  ChunkedDecoder decoder(1000);
  std::string out;
  EXPECT_EQ(decoder.feed("1\r\na\r\n0\r\n\r\nGET /", out).value(), 11U);
}

TEST(ChunkedDecoderTest, RejectsDamage) {
  EXPECT_EQ(status_after("x\r\n"), 400);
  EXPECT_EQ(status_after("\r\n"), 400);
  EXPECT_EQ(status_after("-1\r\n"), 400);
  EXPECT_EQ(status_after("1\na\r\n"), 400);
  EXPECT_EQ(status_after("1\r\nab\r\n"), 400);
  EXPECT_EQ(status_after("3e9\r\n"), 413);
  EXPECT_EQ(status_after("ffffffffffffffff1\r\n"), 413);
  EXPECT_EQ(status_after("1;" + std::string(20000, 'x')), 400);
  EXPECT_EQ(status_after("0\r\n" + std::string(20000, 'x')), 431);
}

TEST(DecompressTest, UndoesGzipAndDeflate) {
  const std::string text(100'000, 'a');
  EXPECT_EQ(decompress("gzip", compress_with(15 + 16, text), 200'000).value(), text);
  EXPECT_EQ(decompress("deflate", compress_with(15, text), 200'000).value(), text);
  EXPECT_EQ(decompress("gzip", compress_with(15 + 16, ""), 10).value(), "");
}

TEST(DecompressTest, StopsAtTheLimit) {
  const std::string bomb = compress_with(15 + 16, std::string(10'000'000, 'a'));
  EXPECT_EQ(decompress("gzip", bomb, 1'000'000).error().status, 413);
}

TEST(DecompressTest, RejectsDamage) {
  const std::string whole = compress_with(15 + 16, "hello hello hello");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(decompress("gzip", whole.substr(0, length), 1000).error().status, 400) << length;
  }
  EXPECT_EQ(decompress("gzip", whole + "x", 1000).error().status, 400);
  EXPECT_EQ(decompress("gzip", "plain text", 1000).error().status, 400);
  EXPECT_EQ(decompress("br", whole, 1000).error().status, 501);
}

}  // namespace
}  // namespace tandem::serve
