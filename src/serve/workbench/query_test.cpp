// SPDX-License-Identifier: Apache-2.0
// Names and values of queries, whole and broken.
#include "serve/workbench/query.h"

#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

TEST(Query, FindsAValueAndDecodesIt) { EXPECT_EQ(query_text("a=1&name=x%2Dy.png", "name").value(), "x-y.png"); }
TEST(Query, HasNothingForAnAbsentName) { EXPECT_FALSE(query_text("a=1&names=2", "name").value()); }
TEST(Query, ANameWithoutAValueIsEmpty) { EXPECT_EQ(query_text("name&a=1", "name").value(), ""); }
TEST(Query, RefusesANameThatStandsThereTwice) { EXPECT_FALSE(query_text("name=a&name=b", "name")); }
TEST(Query, RefusesABrokenEscape) { EXPECT_FALSE(query_text("name=%2", "name")); }
TEST(Query, ReadsWholeNumbers) { EXPECT_EQ(query_number("size=4294967296", "size").value(), 4294967296U); }

TEST(Query, RefusesWhatIsNoWholeNumber) {
  for (const char* query : {"size=-1", "size=", "size=1.5", "size=0x10", "size=99999999999999999999"}) {
    EXPECT_FALSE(query_number(query, "size")) << query;
  }
}

}  // namespace
}  // namespace tandem::serve
