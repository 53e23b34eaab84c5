// SPDX-License-Identifier: Apache-2.0
// Tests of what gRPC puts around messages.
#include "serve/grpc/call.h"

#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

using namespace std::chrono_literals;

TEST(GrpcTimeout, HasSixUnits) {
  EXPECT_EQ(parse_grpc_timeout("2H"), 2h);
  EXPECT_EQ(parse_grpc_timeout("3M"), 3min);
  EXPECT_EQ(parse_grpc_timeout("4S"), 4s);
  EXPECT_EQ(parse_grpc_timeout("100m"), 100ms);
  EXPECT_EQ(parse_grpc_timeout("5u"), 5us);
  EXPECT_EQ(parse_grpc_timeout("99999999n"), 99'999'999ns);
}

TEST(GrpcTimeout, RefusesOtherText) {
  for (const std::string_view text : {"", "1", "S", "-1S", "1s", "123456789S", "1 S", "0x1S"}) {
    EXPECT_FALSE(parse_grpc_timeout(text)) << text;
  }
}

TEST(GrpcTimeout, OfManyHoursDoesNotOverflow) { EXPECT_GT(*parse_grpc_timeout("99999999H"), 1000h); }

HttpRequest with_header(std::string_view name, std::string_view value) {
  HttpRequest head;
  head.headers.emplace_back(name, value);
  return head;
}

TEST(GrpcCall, CountsItsDeadlineFromItsArrival) {
  HttpRequest head = with_header("grpc-timeout", "100m");
  head.arrival = SteadyTime(1h);
  EXPECT_EQ(read_call(head)->deadline, SteadyTime(1h + 100ms));
}

TEST(GrpcCall, RefusesATimeoutItCannotRead) {
  const auto call = read_call(with_header("grpc-timeout", "soon"));
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().code, Code::kInvalidArgument);
}

TEST(GrpcCall, RefusesAnUnknownEncodingWithTheKnownOnes) {
  const auto call = read_call(with_header("grpc-encoding", "snappy"));
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().code, Code::kUnimplemented);
  EXPECT_EQ(status_piece(fail(call.error())).headers.at(0).second, "identity,deflate,gzip");
}

TEST(GrpcStatus, IsASentenceInPrintableAscii) {
  EXPECT_EQ(percent_encode("100% 모델\n"), "100%25 %EB%AA%A8%EB%8D%B8%0A");
  EXPECT_EQ(percent_encode("plain text: 'x'"), "plain text: 'x'");
}

TEST(GrpcStatus, OfAnErrorIsTheWholeAnswer) {
  const HttpResponse response = status_piece(not_found("nothing"));
  EXPECT_TRUE(response.text.empty());
  EXPECT_FALSE(response.more);
  EXPECT_EQ(response.trailers.at(0).second, "5");
  EXPECT_EQ(response.trailers.at(1).second, "nothing");
}

GrpcAnswer answer_of(std::string text, std::size_t tensor_bytes) {
  GrpcAnswer answer;
  answer.text = std::move(text);
  answer.tensors.push_back(Tensor::allocate(DType::kUint8, Shape{static_cast<std::int64_t>(tensor_bytes)}).value());
  for (std::byte& byte : answer.tensors[0].mutable_bytes()) byte = std::byte{7};
  return answer;
}

TEST(GrpcMessagePiece, StandsBehindItsLength) {
  const auto piece = message_piece(answer_of("head", 300), GrpcCall{});
  EXPECT_EQ(piece->text, std::string("\0\0\0\1\x30head", 9));
  EXPECT_EQ(piece->tensors.size(), 1U);
}

class Compressed : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Encodings, Compressed, testing::Values("gzip", "deflate"));

TEST_P(Compressed, MessageComesBackAsItWas) {
  GrpcCall call;
  call.encoding = GetParam();
  call.compress_answers = true;
  const auto piece = message_piece(answer_of("head", 100'000), call);
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->text[0], 1);
  EXPECT_LT(piece->text.size(), 2000U);
  const auto compressed = std::as_bytes(std::span(piece->text)).subspan(5);
  const auto plain = decompress_message({true, compressed, nullptr}, call, 1 << 20);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->bytes.size(), 100'004U);
  EXPECT_EQ(plain->bytes.back(), std::byte{7});
}

TEST_P(Compressed, MessageIsHeldAgainstTheLimitAfterDecompression) {
  GrpcCall call;
  call.encoding = GetParam();
  call.compress_answers = true;
  const auto piece = message_piece(answer_of("", 100'000), call);
  const auto plain =
      decompress_message({true, std::as_bytes(std::span(piece->text)).subspan(5), nullptr}, call, 50'000);
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().code, Code::kResourceExhausted);
}

TEST(DecompressMessage, NeedsTheEncodingToBeNamed) {
  const auto plain = decompress_message({true, {}, nullptr}, GrpcCall{}, 100);
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().code, Code::kInternal);
}

}  // namespace
}  // namespace tandem::serve
