// SPDX-License-Identifier: Apache-2.0
// Tests of JSON writing, against a parser that is not ours.
#include "serve/http/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::serve {
namespace {

std::string json_of(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonTextTest, KeepsUtf8) {
  EXPECT_EQ(json_of("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80"), "\"gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80\"");
}

TEST(JsonTextTest, EscapesControlCharacters) { EXPECT_EQ(json_of("a\"\\\n\x01"), R"("a\"\\\n\u0001")"); }

TEST(JsonTextTest, TellsUtf8FromOtherBytes) {
  EXPECT_TRUE(is_utf8("plain \xF0\x9F\x98\x80"));
  for (const char* text : {"\xFF", "\xC3", "a\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80"})
    EXPECT_FALSE(is_utf8(text)) << text;
}
TEST(JsonTextTest, ReplacesWhatIsNotUtf8) { EXPECT_EQ(json_of("a\xFFz\xC3"), "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\""); }

TEST(JsonTextTest, FindsTheFirstCharacterThatIsNotPlainWhereverItStands) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(20, '~');
      text[at] = static_cast<char>(byte);
      EXPECT_EQ(plain_length(text), plain ? text.size() : at) << byte << " at " << at;
      EXPECT_EQ(plain_length(std::string_view(text).substr(0, at)), at);
    }
  }
}

TEST(JsonTextTest, AnyBytesGiveValidJson) {
  std::uint32_t state = 1;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (int i = 0; i < 8; ++i) {
      state = state * 1664525U + 1013904223U;
      bytes += static_cast<char>(state >> 24);
    }
    EXPECT_TRUE(nlohmann::json::accept(json_of(bytes)));
  }
}

TEST(JsonTextTest, WriterSetsCommas) {
  std::string out;
  JsonWriter(out)
      .begin_object()
      .key("a")
      .number(-1)
      .key("b")
      .begin_array()
      .boolean(true)
      .raw("null")
      .string("x")
      .begin_object()
      .end_object()
      .end_array()
      .key("c")
      .begin_array()
      .end_array()
      .end_object();
  EXPECT_EQ(out, R"({"a":-1,"b":[true,null,"x",{}],"c":[]})");
}

}  // namespace
}  // namespace tandem::serve
