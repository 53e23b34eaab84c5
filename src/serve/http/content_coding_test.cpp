// SPDX-License-Identifier: Apache-2.0
// Tests of what accept-encoding asks for, and of compressed bodies.
#include "serve/http/content_coding.h"

#include <gtest/gtest.h>

#include <cstring>

#include "serve/http/body_decoder.h"

namespace tandem::serve {
namespace {

struct Choice {
  const char* accept_encoding;
  ContentCoding chosen;
};

class ChooseCoding : public testing::TestWithParam<Choice> {};

TEST_P(ChooseCoding, FollowsTheWeights) {
  EXPECT_EQ(choose_coding(GetParam().accept_encoding), GetParam().chosen) << GetParam().accept_encoding;
}

constexpr auto kGzip = ContentCoding::kGzip;
constexpr auto kDeflate = ContentCoding::kDeflate;
constexpr auto kIdentity = ContentCoding::kIdentity;

INSTANTIATE_TEST_SUITE_P(
    Lists, ChooseCoding,
    testing::Values(Choice{"", kIdentity}, Choice{"gzip", kGzip}, Choice{"deflate", kDeflate}, Choice{"GZIP", kGzip},
                    Choice{"x-gzip", kGzip}, Choice{"br", kIdentity}, Choice{"gzip, deflate", kGzip},
                    Choice{"deflate , gzip", kGzip}, Choice{"gzip, deflate, br, zstd", kGzip},
                    Choice{"gzip;q=0.5, deflate;q=0.8", kDeflate}, Choice{"gzip; q=0.001, deflate;q=0", kGzip},
                    Choice{"gzip;q=0", kIdentity}, Choice{"gzip;q=0.000", kIdentity}, Choice{"*", kGzip},
                    Choice{"gzip;q=0, *", kDeflate}, Choice{"*;q=0", kIdentity},
                    Choice{"identity, gzip;q=0.5", kIdentity}, Choice{"identity;q=0.5, gzip;q=0.5", kGzip},
                    Choice{"identity", kIdentity}, Choice{",, gzip,", kGzip}));

INSTANTIATE_TEST_SUITE_P(Nonsense, ChooseCoding,
                         testing::Values(Choice{"gzip;q=2", kIdentity}, Choice{"gzip;q=1.001", kIdentity},
                                         Choice{"gzip;q=0.1234", kIdentity}, Choice{"gzip;q=", kIdentity},
                                         Choice{"gzip;q=-1", kIdentity}, Choice{"gzip;level=9", kIdentity},
                                         Choice{";", kIdentity}));

Tensor tensor_of(std::string_view bytes) {
  Tensor tensor = *Tensor::allocate(DType::kUint8, Shape{static_cast<std::int64_t>(bytes.size())});
  std::memcpy(tensor.mutable_data(), bytes.data(), bytes.size());
  return tensor;
}

TEST(CompressBody, WhatIsCompressedComesBackTheSame) {
  std::string pattern;
  for (int i = 0; i < 300'000; ++i) pattern += static_cast<char>('a' + i / 3 % 7);
  for (const auto coding : {ContentCoding::kGzip, ContentCoding::kDeflate}) {
    for (const std::size_t size : {200U, 1024U, 65'535U, 65'536U, 300'000U}) {
      HttpResponse response;
      response.text = pattern.substr(0, size / 2);
      response.tensors.push_back(tensor_of(std::string_view(pattern).substr(size / 2, size / 4)));
      response.tensors.push_back(tensor_of(std::string_view(pattern).substr(size / 2 + size / 4, size / 4)));
      const auto compressed = compress_body(response, coding);
      ASSERT_TRUE(compressed.has_value()) << size;
      EXPECT_EQ(decompress(coding_name(coding), *compressed, 1 << 20), pattern.substr(0, size / 2 + 2 * (size / 4)));
    }
  }
}

TEST(CompressBody, WhatWouldGrowIsLeftAlone) {
  HttpResponse response;
  std::uint32_t state = 1;
  for (int i = 0; i < 5000; ++i) response.text += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  EXPECT_EQ(compress_body(response, ContentCoding::kGzip), std::nullopt);
  EXPECT_EQ(compress_body(HttpResponse{}, ContentCoding::kDeflate), std::nullopt);
}

}  // namespace
}  // namespace tandem::serve
