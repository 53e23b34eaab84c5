// SPDX-License-Identifier: Apache-2.0
// Tests of the pickle reader: values of every protocol, and what is refused.
#include "formats/pickle.h"

#include <gtest/gtest.h>

#include <string>

namespace tandem {
namespace {

using namespace std::string_literals;

Result<PickleDocument> parse_pickle(const std::string& bytes, PickleLimits limits = {}) {
  return PickleDocument::parse(std::as_bytes(std::span(bytes)), limits);
}

TEST(Pickle, ReadsNumbers) {  // pickle.dumps((1, 300, 70000, -1, 2**40, 1.5, True, None), protocol=2)
  const auto document = parse_pickle(
      "\x80\x02(K\x01M\x2c\x01J\x70\x11\x01\x00J\xff\xff\xff\xff\x8a\x06\x00\x00\x00\x00\x00\x01G\x3f\xf8\x00\x00\x00\x00\x00\x00\x88Nt."s);
  ASSERT_TRUE(document) << document.error().message;
  const auto& items = document->root().items;
  ASSERT_EQ(items.size(), 8U);
  EXPECT_EQ(items[1]->integer, 300);
  EXPECT_EQ(items[2]->integer, 70000);
  EXPECT_EQ(items[3]->integer, -1);
  EXPECT_EQ(items[4]->integer, std::int64_t{1} << 40);
  EXPECT_EQ(items[5]->real, 1.5);
  EXPECT_TRUE(items[6]->boolean);
  EXPECT_EQ(items[7]->kind, PickleKind::kNone);
}

TEST(Pickle, ReadsProtocolZero) {  // pickle.dumps({'a': [1, 2]}, protocol=0)
  const auto document = parse_pickle("(dp0\nVa\np1\n(lp2\nI1\naI2\nas.");
  ASSERT_TRUE(document) << document.error().message;
  const PickleValue* list = document->root().get("a");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->items[1]->integer, 2);
}

TEST(Pickle, ReadsNegativeLongs) {  // pickle.dumps(-2**31-1, protocol=2)
  EXPECT_EQ(parse_pickle("\x80\x02\x8a\x05\xff\xff\xff\x7f\xff."s)->root().integer, -2147483649);
}

TEST(Pickle, ACallIsRecordedAndNeverMade) {  // os.system('echo pwned')
  const auto document = parse_pickle("cos\nsystem\n(S'echo pwned'\ntR.");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().kind, PickleKind::kObject);
  EXPECT_TRUE(document->root().callable->is_global("os", "system"));
  EXPECT_EQ(document->globals(), std::vector<std::string>{"os.system"});
}

TEST(Pickle, EntriesOfAnOrderedDictAreKept) {
  const auto document = parse_pickle(
      "\x80\x02"
      "ccollections\nOrderedDict\n)R(X\x01\x00\x00\x00kK\x07u."s);
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->root().get("k")->integer, 7);
}

TEST(Pickle, MemoGivesTheSameValue) {
  const auto document = parse_pickle(
      "\x80\x04]\x94(h\x00h\x00"
      "e."s);  // a list that contains itself twice
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->root().items[0], &document->root());
}

TEST(Pickle, SizeAllowsAnotherPickleBehind) { EXPECT_EQ(parse_pickle("K\x01.K\x02."s)->size(), 3U); }

class Broken : public testing::TestWithParam<std::string> {};
TEST_P(Broken, IsRefusedWithAnOffset) {
  const auto document = parse_pickle(GetParam());
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, Code::kInvalidArgument);
  EXPECT_NE(document.error().message.find("offset"), std::string::npos) << document.error().message;
}
INSTANTIATE_TEST_SUITE_P(Pickles, Broken,
                         testing::Values(""s, "."s, "K"s, "X\xff\xff\xff\xff."s,
                                         "\x8d\xff\xff\xff\xff\xff\xff\xff\xff."s, "h\x05."s, "t."s, "(0t."s,
                                         "K\x01s."s, "Na."s, "\x80\x06."s, "I12x\n."s, "K\x01K\x02R."s, "\x93."s, "P1"s,
                                         "\x82\x01."s, "S'a\n."s,
                                         "(K\x01"
                                         "d."s,
                                         "K\x01(a."s));

TEST(Pickle, LimitsAreKept) {
  PickleLimits limits;
  limits.values = 10;
  EXPECT_EQ(parse_pickle(std::string(20, 'N') + ".", limits).error().code, Code::kResourceExhausted);
  limits = {};
  limits.stack = 10;
  EXPECT_EQ(parse_pickle("N" + std::string(20, '2') + ".", limits).error().code, Code::kResourceExhausted);
}

}  // namespace
}  // namespace tandem
