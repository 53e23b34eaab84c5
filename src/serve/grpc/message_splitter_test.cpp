// SPDX-License-Identifier: Apache-2.0
// Tests of taking a body apart into messages, wherever its bytes are cut.
#include "serve/grpc/message_splitter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/bytes.h"

namespace tandem::serve {
namespace {

std::string flagged(const std::string& message, char flag = 0) {
  std::string out(1, flag);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(message.size() >> shift & 0xFFU);
  return out + message;
}

std::size_t first_byte(std::span<const std::byte>) { return 0; }

struct Taken {
  Status status;
  std::vector<std::string> messages;
  bool between_messages = false;
};

Taken split(const std::string& bytes, std::size_t step, std::uint64_t limit = 1 << 20) {
  Taken taken;
  MessageSplitter splitter(limit, first_byte);
  for (std::size_t at = 0; at < bytes.size() && taken.status; at += step) {
    const std::string part = bytes.substr(at, step);
    taken.status = splitter.feed(std::as_bytes(std::span(part)), [&](const GrpcMessage& message) {
      taken.messages.emplace_back(as_text(message.bytes));
    });
  }
  taken.between_messages = splitter.between_messages();
  return taken;
}

TEST(MessageSplitter, FindsMessagesWhereverTheBytesAreCut) {
  const std::vector<std::string> messages{"one", "", std::string(1000, 'x'), "last"};
  std::string bytes;
  for (const std::string& message : messages) bytes += flagged(message);
  for (const std::size_t step : {1U, 2U, 3U, 5U, 7U, 64U, 262U, 5000U}) {
    const Taken taken = split(bytes, step);
    EXPECT_TRUE(taken.status);
    EXPECT_EQ(taken.messages, messages) << "in pieces of " << step;
    EXPECT_TRUE(taken.between_messages);
  }
}

TEST(MessageSplitter, KnowsThatAMessageIsNotComplete) {
  EXPECT_FALSE(split(flagged("message").substr(0, 8), 100).between_messages);
  EXPECT_FALSE(split(std::string(2, '\0'), 100).between_messages);
}

TEST(MessageSplitter, RefusesAMessageAboveTheLimitByItsLengthAlone) {
  const Taken taken = split(std::string("\0\x7f\xff\xff\xff", 5), 1, 1000);
  ASSERT_FALSE(taken.status);
  EXPECT_EQ(taken.status.error().code, Code::kResourceExhausted);
}

TEST(MessageSplitter, RefusesAFlagThatIsNeitherZeroNorOne) {
  const Taken taken = split(flagged("x", 2), 100);
  ASSERT_FALSE(taken.status);
  EXPECT_EQ(taken.status.error().code, Code::kInternal);
}

TEST(MessageSplitter, SaysWhichMessagesAreCompressed) {
  MessageSplitter splitter(100, first_byte);
  bool compressed = false;
  const std::string bytes = flagged("x", 1);
  EXPECT_TRUE(splitter.feed(std::as_bytes(std::span(bytes)), [&](const GrpcMessage& m) { compressed = m.compressed; }));
  EXPECT_TRUE(compressed);
}

TEST(MessageSplitter, AlignsTheByteThatItIsAskedToAlignAndPadsTheEnd) {
  MessageSplitter splitter(10'000, [](std::span<const std::byte>) -> std::size_t { return 13; });
  const std::string bytes = flagged(std::string(5000, 'x'));
  std::vector<GrpcMessage> messages;
  const auto keep = [&](GrpcMessage message) { messages.push_back(std::move(message)); };
  EXPECT_TRUE(splitter.feed(std::as_bytes(std::span(bytes)).first(700), keep));
  EXPECT_TRUE(splitter.feed(std::as_bytes(std::span(bytes)).subspan(700), keep));
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(messages[0].bytes.data() + 13) % 64, 0U);
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(messages[0].bytes.data()[5000 + i], std::byte{0});
}

}  // namespace
}  // namespace tandem::serve
