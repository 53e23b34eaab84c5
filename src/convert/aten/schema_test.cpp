// SPDX-License-Identifier: Apache-2.0
// The declarations can be read, all of them, and say what the operators rely on.
#include "convert/aten/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::convert::aten {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Schema, NamesArgumentsInTheirOrder) {
  const auto schema = find_schema("add.Tensor");
  ASSERT_TRUE(schema) << schema.error().message;
  ASSERT_EQ(schema->parameters.size(), 3U);
  EXPECT_EQ(schema->parameters[0].name, "self");
  EXPECT_FALSE(schema->parameters[0].has_default);
  EXPECT_EQ(schema->parameters[2].name, "alpha");
  EXPECT_EQ(std::get<std::int64_t>(schema->parameters[2].otherwise), 1);
}

TEST(Schema, OneNumberOfAListStandsForAll) {
  const auto schema = find_schema("max_pool2d");
  ASSERT_TRUE(schema) << schema.error().message;
  const Parameter* dilation = schema->find("dilation");
  ASSERT_NE(dilation, nullptr);
  EXPECT_EQ(dilation->list_size, 2U);
  EXPECT_EQ(std::get<std::vector<IntegerItem>>(dilation->otherwise).size(), 2U);
  EXPECT_THAT(std::get<std::vector<IntegerItem>>(schema->find("stride")->otherwise), IsEmpty());
}

TEST(Schema, KnowsDefaultsOfEveryKind) {
  const auto schema = parse_schema(
      "f(Tensor? a=None, float b=1e-05, bool c=True, str d=\"mean\", float e=1., Scalar g=0.5, int[2] h=0) -> Tensor");
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_TRUE(std::holds_alternative<std::monostate>(schema->find("a")->otherwise));
  EXPECT_TRUE(schema->find("a")->has_default);
  EXPECT_DOUBLE_EQ(std::get<double>(schema->find("b")->otherwise), 1e-5);
  EXPECT_TRUE(std::get<bool>(schema->find("c")->otherwise));
  EXPECT_EQ(std::get<std::string>(schema->find("d")->otherwise), "mean");
  EXPECT_DOUBLE_EQ(std::get<double>(schema->find("e")->otherwise), 1);
  EXPECT_DOUBLE_EQ(std::get<double>(schema->find("g")->otherwise), 0.5);
  EXPECT_EQ(std::get<std::vector<IntegerItem>>(schema->find("h")->otherwise).size(), 2U);
}

TEST(Schema, TellsWhatSharesMemory) {
  const auto view = find_schema("slice.Tensor");
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->returns_alias);
  EXPECT_TRUE(view->find("self")->aliased);
  const auto fresh = find_schema("relu");
  ASSERT_TRUE(fresh);
  EXPECT_FALSE(fresh->returns_alias);
}

TEST(Schema, AnInPlaceFormIsDeclaredAsItsPlainForm) {
  const auto schema = find_schema("add_.Tensor");
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_NE(schema->find("alpha"), nullptr);
}

TEST(Schema, AnUnknownOperatorIsNotFound) {
  const auto schema = find_schema("frobnicate.default");
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().code, Code::kNotFound);
}

TEST(Schema, ListsOverloads) { EXPECT_THAT(overloads_of("softmax"), ElementsAre("softmax.int")); }

}  // namespace
}  // namespace tandem::convert::aten
