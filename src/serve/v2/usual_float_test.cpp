// SPDX-License-Identifier: Apache-2.0
// Tests of the quick reader of usual numbers: what it reads is exact, what it leaves is another's.
#include "serve/v2/usual_float.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>

namespace tandem::serve {
namespace {

constexpr std::string_view kBehind = ", 0.25, 1234567890123456789012345678901234567890]";

struct Outcome {
  std::size_t length = 0;  // 0: left to another reader
  float value = 0;
};

Outcome read_number(const std::string& number) {
  const std::string text = number + std::string(kBehind);
  Outcome result;
  const char* const after = read_usual_float(text.data(), text.data() + text.size(), result.value);
  if (after != nullptr) result.length = static_cast<std::size_t>(after - text.data());
  return result;
}

float reference_of(std::string_view text) {
  float value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

TEST(UsualFloatTest, WhatItReadsIsRoundedExactly) {
  std::mt19937 random(11);
  int left = 0;
  for (int i = 0; i < 300'000; ++i) {
    const double scale = std::pow(10.0, static_cast<double>(random() % 20) - 19) * 8;
    const double number = (static_cast<double>(random()) / 4294967296.0 * 2 - 1) * scale;
    char text[64];
    std::snprintf(text, sizeof(text), "%.*f", static_cast<int>(1 + random() % 18), number);
    const auto [length, value] = read_number(text);
    if (length == 0) {
      ++left;
      continue;
    }
    ASSERT_EQ(length, std::string_view(text).size()) << text;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(reference_of(text))) << text;
  }
  EXPECT_LT(left, 300);  // those near the middle of two floats
}

TEST(UsualFloatTest, TheMiddleOfTwoFloatsIsLeft) {
  EXPECT_EQ(read_number("1.00000005960464477").length, 0U);  // 1 + 2^-24
  EXPECT_EQ(read_number("1.00000011920928955").length, 19U);
}

TEST(UsualFloatTest, ASignOfZeroStays) {
  const auto [length, value] = read_number("-0.0");
  EXPECT_EQ(length, 4U);
  EXPECT_TRUE(std::signbit(value));
}

TEST(UsualFloatTest, ANumberEndsWhereItsDigitsEnd) {
  for (const std::string number : {"0.5", "-0.25", "0.123456789012345678", "8.5"}) {
    for (const std::string next : {"]", ":7", "/7", "x", " "}) {
      EXPECT_EQ(read_number(number + next).length, number.size()) << number << next;
    }
  }
}

TEST(UsualFloatTest, ExpectsADigitBehindThePoint) {
  for (const std::string text : {"1.x5", "1.,5", "1.-5", "-1.x5", "1.]", "-1.]", "1..5"}) {
    EXPECT_EQ(read_number(text).length, 0U) << text;
  }
}

TEST(UsualFloatTest, OthersAreLeft) {
  for (const std::string text : {"1.5e2", "1.5E+2", "12.5", "9.5", "8.1234567890123456789", "1", "-1", ".5", "1.",
                                 "-.5", "", "-", "x.5", "1.x", "\"NaN\"", "[1.5]"}) {
    EXPECT_EQ(read_number(text).length, 0U) << text;
  }
}

TEST(UsualFloatTest, TheEndOfTheTextIsNotPassed) {
  const std::string text = "0.5, 0.25, 0.125]";
  float value = 0;
  EXPECT_EQ(read_usual_float(text.data(), text.data() + text.size(), value), nullptr);
}

}  // namespace
}  // namespace tandem::serve
