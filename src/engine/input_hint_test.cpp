// SPDX-License-Identifier: Apache-2.0
// What people write of a model's inputs.
#include "engine/input_hint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

using testing::HasSubstr;

TEST(InputHint, NamesAShapeWithOpenSizes) {
  EXPECT_EQ(*parse_input_hint("x=-1x3x224x224"), (InputHint{"x", DType::kUndefined, {-1, 3, 224, 224}}));
}

TEST(InputHint, MayNameATypeToo) {
  EXPECT_EQ(*parse_input_hint("ids=int64:1x128"), (InputHint{"ids", DType::kInt64, {1, 128}}));
}

TEST(InputHint, KnowsScalars) { EXPECT_EQ(*parse_input_hint("k=int64:scalar"), (InputHint{"k", DType::kInt64, {}})); }

TEST(InputHint, IsWrittenAsItIsRead) {
  for (const char* text : {"x=-1x3x224x224", "ids=int64:1x128", "k=int64:scalar"}) {
    EXPECT_EQ(to_string(*parse_input_hint(text)), text);
  }
}

TEST(InputHint, SaysWhatIsWrong) {
  for (const auto& [text, complaint] : {std::pair{"1x3", "names no input"},
                                        {"=1x3", "names no input"},
                                        {"x=", "'' is no size"},
                                        {"x=1x", "'' is no size"},
                                        {"x=1xa", "'a' is no size"},
                                        {"x=-2", "'-2' is no size"},
                                        {"x=int65:1", "no type 'int65'"},
                                        {"x=9999999999999999999", "is no size"}}) {
    const auto hint = parse_input_hint(text);
    ASSERT_FALSE(hint) << text;
    EXPECT_THAT(hint.error().message, HasSubstr(complaint));
  }
}

}  // namespace
}  // namespace tandem
