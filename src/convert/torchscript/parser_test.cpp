// SPDX-License-Identifier: Apache-2.0
// Code as PyTorch prints it becomes its tree, and anything else an error with a line.
#include "convert/torchscript/parser.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::convert::torchscript {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view kTraced = R"(class Net(Module):
  __parameters__ = ["weight", ]
  weight : Tensor
  stride : Final[int] = 2
  __annotations__["0"] = __torch__.Other
  def forward(self: __torch__.Net,
    x: Tensor,
    scale: float=0.5) -> Tuple[Tensor, Tensor]:
    _0 = getattr(self, "0")
    q, k, = torch.chunk((_0).forward(x, ), 2, -1)
    return (q, torch.div(k, CONSTANTS.c0, rounding_mode="trunc"))
)";

Expression expression_of(std::string_view text) {
  const auto source = parse_source(fmt::format("def f(x) -> Tensor:\n  return {}\n", text));
  EXPECT_TRUE(source) << source.error().message;
  return source ? source->functions.at(0).body.at(0).value : Expression();
}

TEST(Parser, ReadsAClassAsTracesHaveIt) {
  const auto source = parse_source(kTraced);
  ASSERT_TRUE(source) << source.error().message;
  ASSERT_THAT(source->classes, SizeIs(1));
  const Class& net = source->classes[0];
  EXPECT_EQ(net.base, "Module");
  ASSERT_NE(net.field("stride"), nullptr);
  EXPECT_EQ(net.field("stride")->value->integer, 2);
  ASSERT_NE(net.method("forward"), nullptr);
  EXPECT_THAT(net.method("forward")->parameters, SizeIs(3));
  EXPECT_THAT(net.method("forward")->body, SizeIs(3));
}

TEST(Parser, TargetsWithATrailingCommaTakeAResultApart) {
  const auto source = parse_source(kTraced);
  ASSERT_TRUE(source);
  const Statement& split = source->classes[0].methods[0].body[1];
  EXPECT_EQ(split.kind, StatementKind::kAssign);
  EXPECT_THAT(split.target.items, SizeIs(2));
}

TEST(Parser, NamedArgumentsStandLast) {
  const Expression call = expression_of("torch.div(k, 2, rounding_mode=\"trunc\")");
  EXPECT_EQ(call.items[0].dotted(), "torch.div");
  EXPECT_THAT(call.items, SizeIs(4));
  EXPECT_THAT(call.keywords, SizeIs(1));
}

TEST(Parser, ANumberWithAPointOrAnExponentIsReal) {
  EXPECT_EQ(expression_of("0.").kind, ExpressionKind::kReal);
  EXPECT_EQ(expression_of("1.0000000000000001e-05").real, 1.0000000000000001e-05);
  EXPECT_EQ(expression_of("9223372036854775807").integer, INT64_MAX);
}

TEST(Parser, BracketsAroundOneValueAreNoTuple) {
  EXPECT_EQ(expression_of("(x)").kind, ExpressionKind::kName);
  EXPECT_EQ(expression_of("(x,)").kind, ExpressionKind::kTuple);
  EXPECT_EQ(expression_of("()").kind, ExpressionKind::kTuple);
}

TEST(Parser, EscapesInStringsMeanWhatTheyMeanInPython) {
  EXPECT_EQ(expression_of(R"("a\n\"b\" \101")").text, "a\n\"b\" A");
}

TEST(Parser, ConditionsAndLoopsHaveBlocks) {
  const auto source = parse_source(
      "def f(x: Tensor) -> Tensor:\n  for i in range(3):\n    if torch.__is__(x, None):\n      pass\n    else:\n"
      "      x = torch.relu(x)\n  return x\n");
  ASSERT_TRUE(source) << source.error().message;
  const Statement& loop = source->functions[0].body[0];
  EXPECT_EQ(loop.kind, StatementKind::kFor);
  EXPECT_THAT(loop.body[0].otherwise, SizeIs(1));
}

TEST(Parser, SaysTheLineOfWhatItCannotRead) {
  const auto source = parse_source("def f(x) -> Tensor:\n  return x +\n");
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error().message, HasSubstr("line 2"));
}

TEST(Parser, RefusesCodeThatIsNestedTooDeeply) {
  const std::string deep(5000, '(');
  const auto source = parse_source("def f(x) -> Tensor:\n  return " + deep + "x" + std::string(5000, ')') + "\n");
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error().message, HasSubstr("nested"));
}

TEST(Parser, RefusesALineThatIsIndentedLikeNoneBefore) {
  EXPECT_FALSE(parse_source("def f(x) -> Tensor:\n    pass\n  return x\n"));
}

}  // namespace
}  // namespace tandem::convert::torchscript
