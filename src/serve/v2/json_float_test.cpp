// SPDX-License-Identifier: Apache-2.0
// Tests of number text: exact in, shortest out.
#include "serve/v2/json_float.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>

namespace tandem::serve {
namespace {

template <typename T>
T reference(const std::string& text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

template <typename T>
T parsed(const std::string& text) {
  T value{};
  EXPECT_EQ(read_json_float(text.data(), text.data() + text.size(), value), text.data() + text.size()) << text;
  return value;
}

template <typename T>
std::string written(T value) {
  std::string out;
  append_json_float(out, value);
  return out;
}

TEST(JsonFloatTest, ReadsEveryFormClientsSendExactly) {
  std::mt19937 random(7);
  for (int i = 0; i < 200'000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (!std::isfinite(value)) continue;
    for (const char* format : {"%.9g", "%.17g", "%.6f", "%.25g", "%.3e"}) {
      char text[512];
      std::snprintf(text, sizeof(text), format, static_cast<double>(value));
      ASSERT_EQ(std::bit_cast<std::uint32_t>(parsed<float>(text)), std::bit_cast<std::uint32_t>(reference<float>(text)))
          << text;
    }
  }
}

TEST(JsonFloatTest, ReadsDoublesExactly) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 100'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    char text[64];
    std::snprintf(text, sizeof(text), "%.17g", value);
    ASSERT_EQ(parsed<double>(text), value) << text;
    std::snprintf(text, sizeof(text), "%.6f", std::fmod(value, 1000.0));
    ASSERT_EQ(parsed<double>(text), reference<double>(text)) << text;
  }
}

TEST(JsonFloatTest, RoundsTheMiddleOfTwoFloatsToEven) {
  std::mt19937 random(9);
  for (int i = 0; i < 100'000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random() & 0x7FFFFFFF));
    if (!std::isfinite(value)) continue;
    const double middle = (static_cast<double>(value) + static_cast<double>(std::nextafter(value, INFINITY))) / 2;
    char text[128];
    std::snprintf(text, sizeof(text), "%.17g", middle);
    ASSERT_EQ(parsed<float>(text), reference<float>(text)) << text;
  }
}

TEST(JsonFloatTest, RejectsWhatIsNotJson) {
  for (const std::string text :
       {"", "-", ".5", "5.", "01", "+1", "1e", "1e+", "nan", "inf", "x", "-x.5", "1.", "1.x"}) {
    float value = 0;
    EXPECT_EQ(read_json_float(text.data(), text.data() + text.size(), value), nullptr) << text;
  }
}

TEST(JsonFloatTest, WritesTheShortestTextThatReadsBack) {
  EXPECT_EQ(written(0.0F), "0");
  EXPECT_EQ(written(255.0F), "255");
  EXPECT_EQ(written(-3.0), "-3");
  EXPECT_EQ(written(0.1F), "1E-1");
  EXPECT_TRUE(std::signbit(parsed<float>(written(-0.0F))));
  std::mt19937 random(10);
  for (int i = 0; i < 100'000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (!std::isfinite(value)) continue;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(parsed<float>(written(value))), std::bit_cast<std::uint32_t>(value));
  }
}

TEST(JsonFloatTest, WritesWhatIsNotFiniteAsStrings) {
  EXPECT_EQ(written(std::nanf("")), "\"NaN\"");
  EXPECT_EQ(written(HUGE_VALF), "\"Infinity\"");
  EXPECT_EQ(written(-HUGE_VAL), "\"-Infinity\"");
}

}  // namespace
}  // namespace tandem::serve
