// SPDX-License-Identifier: Apache-2.0
// Tests of the quick reader of usual numbers: what it reads is exact, what it leaves is another's.
#include "serve/v2/usual_float.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>

namespace tandem::serve {
namespace {

// Enough to be looked at, and not read itself.
const std::string kBehind(100, 'x');

struct Outcome {
  std::size_t length = 0;  // 0: left to another reader
  float value = 0;
};

Outcome read_number(const std::string& number) {
  const std::string text = number + kBehind;
  Outcome outcome;
  const UsualRun run = read_usual_floats(text.data(), text.data() + text.size(), {&outcome.value, 1});
  if (run.count > 0) outcome.length = static_cast<std::size_t>(run.after - text.data());
  return outcome;
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
    const double scale = std::pow(10.0, static_cast<double>(random() % 3) - 2) * 9.99;
    const double magnitude = 0.008 + static_cast<double>(random()) / 4294967296.0 * scale;
    char text[64];
    std::snprintf(text, sizeof(text), "%.*f,", static_cast<int>(3 + random() % 22),
                  random() % 2 == 0 ? magnitude : -magnitude);
    const auto [length, value] = read_number(text);
    if (length == 0) {
      ++left;
      continue;
    }
    ASSERT_EQ(length, std::string_view(text).size() - 1) << text;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(reference_of(text))) << text;
  }
  EXPECT_LT(left, 300);  // those near the middle of two floats
}

TEST(UsualFloatTest, FloatsThatPythonWroteAsDoublesAreReadBack) {
  std::mt19937 random(12);
  std::uniform_real_distribution<float> pixel(-2.2F, 2.7F);
  for (int i = 0; i < 100'000; ++i) {
    const float expected = pixel(random);
    char text[64];
    std::snprintf(text, sizeof(text), "%.17g,", static_cast<double>(expected));
    const auto [length, value] = read_number(text);
    if (length > 0) {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(expected)) << text;
    }
  }
}

TEST(UsualFloatTest, NumbersFollowEachOtherBehindCommasAndSpaces) {
  const std::string text = "0.5, -0.25,1.5, 2.25, [0.5, 0.5, " + kBehind;
  std::array<float, 8> values{};
  const UsualRun run = read_usual_floats(text.data(), text.data() + text.size(), values);
  EXPECT_EQ(run.count, 4U);
  EXPECT_EQ(run.after, text.data() + 20);
  EXPECT_THAT(values, testing::ElementsAre(0.5F, -0.25F, 1.5F, 2.25F, 0, 0, 0, 0));
}

TEST(UsualFloatTest, ALongRunIsReadWhereverItsNumbersLie) {
  std::mt19937 random(13);
  std::uniform_real_distribution<float> pixel(0.01F, 2.7F);
  std::string text;
  std::array<float, 1000> expected{};
  for (float& value : expected) {
    value = random() % 2 == 0 ? pixel(random) : -pixel(random);
    std::array<char, 64> number{};
    std::snprintf(number.data(), number.size(), "%.*f", static_cast<int>(3 + random() % 15),
                  static_cast<double>(value));
    value = reference_of(number.data());
    text += std::string(number.data()) + (random() % 2 == 0 ? "," : ", ");
  }
  const std::size_t size = text.size();
  text += kBehind;
  std::array<float, 1000> values{};
  const char* at = text.data();
  std::size_t count = 0;
  for (int runs = 0; runs < 20 && count < values.size(); ++runs) {  // what is near the middle of two floats ends a run
    const UsualRun run = read_usual_floats(at, text.data() + text.size(), std::span(values).subspan(count));
    count += run.count;
    if (count == values.size()) {
      EXPECT_EQ(run.after, text.data() + text.find_last_of(',', size));
      break;
    }
    at = text.data() + text.find(',', static_cast<std::size_t>((run.count > 0 ? run.after + 1 : at) - text.data())) + 1;
    at += *at == ' ' ? 1 : 0;
    values[count] = expected[count];
    ++count;
  }
  EXPECT_EQ(count, values.size());
  EXPECT_EQ(values, expected);
}

TEST(UsualFloatTest, TooManyDigitsAreLeft) {
  EXPECT_EQ(read_number("0." + std::string(32, '3') + ",").length, 34U);
  EXPECT_EQ(read_number("0." + std::string(33, '3') + ",").length, 0U);
  EXPECT_EQ(read_number("0." + std::string(200, '3') + ",").length, 0U);
}

TEST(UsualFloatTest, NoMoreAreReadThanThereIsRoomFor) {
  const std::string text = "0.5, 0.5, 0.5, 0.5, " + kBehind;
  std::array<float, 2> values{};
  EXPECT_EQ(read_usual_floats(text.data(), text.data() + text.size(), values).count, 2U);
}

TEST(UsualFloatTest, TheMiddleOfTwoFloatsIsLeft) {
  EXPECT_EQ(read_number("1.00000005960464477,").length, 0U);  // 1 + 2^-24
  EXPECT_EQ(read_number("1.00000011920928955,").length, 19U);
}

TEST(UsualFloatTest, OthersAreLeft) {
  for (const std::string text :
       {"1.5e2,", "1.5E+2,", "12.5,", "0.0,",  "-0.0,", "0.00781,", "1,",    "-1,",     ".5,",   "1.,",
        "-1.,",   "-.5,",    "",      "-",     ",",     "x.5,",     "1.x5,", "-1.x5,",  "1.,5,", "1.-5,",
        "1..5,",  "0.5]",    "0.5 ,", "0.5:7", "0.5/7", "0.5x,",    "[1.5,", "\"NaN\","}) {
    EXPECT_EQ(read_number(text).length, 0U) << text;
  }
}

TEST(UsualFloatTest, TheEndOfTheTextIsNotPassed) {
  const std::string text = "0.5, 0.25, 0.125, 0.5, 0.5, 0.5]";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const std::unique_ptr<char[]> exact(new char[size]);  // so that a sanitizer sees a step too far
    std::copy_n(text.data(), size, exact.get());
    std::array<float, 8> values{};
    EXPECT_EQ(read_usual_floats(exact.get(), exact.get() + size, values).count, 0U) << size;
  }
}

TEST(UsualFloatTest, TheEndOfTheTextIsNotPassedWhereverACommaStands) {
  for (std::size_t shift = 0; shift < 8; ++shift) {
    std::string text = "0." + std::string(shift + 1, '5') + ",";
    while (text.size() < 300) text += "0.5,1.25, ";
    for (std::size_t size = 90; size <= 200; ++size) {
      const std::unique_ptr<char[]> exact(new char[size]);
      std::copy_n(text.data(), size, exact.get());
      std::array<float, 64> values{};
      const UsualRun run = read_usual_floats(exact.get(), exact.get() + size, values);
      EXPECT_EQ(run.count > 0, size >= 95) << size;
      EXPECT_TRUE(run.count == 0 || *run.after == ',') << size;
    }
  }
}

}  // namespace
}  // namespace tandem::serve
