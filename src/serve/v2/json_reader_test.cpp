// SPDX-License-Identifier: Apache-2.0
// Tests of the JSON reader, against a parser that is not ours.
#include "serve/v2/json_reader.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::serve {
namespace {

bool accepts(std::string_view text) {
  JsonReader reader(text);
  return reader.skip().has_value() && reader.expect_end().has_value();
}

TEST(JsonReaderTest, AcceptsWhatAnotherParserAccepts) {
  for (const char* text : {"{}", "[]", " [ ] ", "[1,2]", "{\"a\":{\"b\":[null,true,false,\"x\"]}}", "-0.5e+10", "0",
                           "[0]", "\"\\u00e9\\ud83d\\ude00\"", "\"\"", "[[[]]]"}) {
    EXPECT_TRUE(accepts(text)) << text;
    EXPECT_TRUE(nlohmann::json::accept(text)) << text;
  }
}

TEST(JsonReaderTest, RejectsWhatAnotherParserRejects) {
  for (const char* text :
       {"",           "{",     "[",   "[1,]",    "[,1]",      "[1 2]",       "{\"a\"}",     "{\"a\":}",
        "{\"a\":1,}", "{a:1}", "01",  "1.",      ".5",        "+1",          "-",           "1e",
        "tru",        "nul",   "\"a", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "\"\n\"",
        "[] []",      "NaN",   "[1}", "{]"}) {
    EXPECT_FALSE(accepts(text)) << text;
    EXPECT_FALSE(nlohmann::json::accept(text)) << text;
  }
}

TEST(JsonReaderTest, ATextThatNeedsNoDecodingIsReadWhereItStands) {
  const std::string_view json = R"({"name":"value"})";
  JsonReader reader(json);
  std::string_view key;
  ASSERT_TRUE(reader.begin_object());
  ASSERT_TRUE(*reader.next_key(key));
  EXPECT_EQ(key.data(), json.data() + 2);
  EXPECT_EQ(reader.text()->data(), json.data() + 9);
}

TEST(JsonReaderTest, KeysAndTextsAreDecoded) {
  JsonReader reader(R"({"na\u006de":"v\u0061lue"})");
  std::string_view key;
  ASSERT_TRUE(reader.begin_object());
  ASSERT_TRUE(*reader.next_key(key));
  EXPECT_EQ(key, "name");
  EXPECT_EQ(*reader.text(), "value");
}

TEST(JsonReaderTest, BoundsTheDepth) {
  EXPECT_TRUE(accepts(std::string(32, '[') + std::string(32, ']')));
  EXPECT_FALSE(accepts(std::string(33, '[') + std::string(33, ']')));
  EXPECT_FALSE(accepts(std::string(1'000'000, '[')));
}

TEST(JsonReaderTest, DecodesEscapes) {
  JsonReader reader(R"("a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")");
  EXPECT_EQ(reader.string().value(), "a\"\\/\b\f\n\r\t\xC3\xA9\xF0\x9F\x98\x80");
}

TEST(JsonReaderTest, StringsOfAnyLengthEndAtTheirQuote) {
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string plain(length, 'a');
    const std::string text = "{\"" + plain + "\":\"" + plain + "\\n\xC3\xA9" + plain + "\"}";
    JsonReader reader(text);
    std::string key = "what stood here before";
    ASSERT_TRUE(reader.begin_object());
    ASSERT_TRUE(reader.next_key(key).value());
    EXPECT_EQ(key, plain);
    EXPECT_EQ(reader.string().value(), plain + "\n\xC3\xA9" + plain);
    EXPECT_FALSE(reader.next_key(key).value());
    EXPECT_FALSE(JsonReader("\"" + plain).string());
  }
}

TEST(JsonReaderTest, StringsMustBeUtf8) {
  EXPECT_EQ(JsonReader("\"a\xFF\"").string().error().message, "the string that ends at byte 4 is not UTF-8");
}

TEST(JsonReaderTest, IntegersMustFit) {
  EXPECT_EQ(JsonReader("-9223372036854775808").int64().value(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(JsonReader("18446744073709551615").uint64().value(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(JsonReader("9223372036854775808").int64());
  EXPECT_FALSE(JsonReader("-1").uint64());
  EXPECT_FALSE(JsonReader("1.0").int64());
}

TEST(JsonReaderTest, ErrorsNameThePlace) {
  JsonReader reader("{\"a\" 1}");
  EXPECT_EQ(reader.skip().error().message, "JSON: expected ':', got '1' at byte 5");
}

}  // namespace
}  // namespace tandem::serve
