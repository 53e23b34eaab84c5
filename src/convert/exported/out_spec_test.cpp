// SPDX-License-Identifier: Apache-2.0
// Trees as PyTorch 2.15 wrote them.
#include "convert/exported/out_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::convert::exported {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

constexpr std::string_view kLeaf = R"({"type": null, "context": null, "children_spec": []})";

std::string tree(std::string_view type, std::string_view context, std::string_view children) {
  return "[1, {\"type\": \"builtins." + std::string(type) + "\", \"context\": \"" + std::string(context) +
         "\", \"children_spec\": [" + std::string(children) + "]}]";
}

std::string two_leaves() { return std::string(kLeaf) + "," + std::string(kLeaf); }

TEST(OutSpec, ADictNamesItsOutputs) {
  EXPECT_THAT(output_names(tree("dict", R"([\"logits\", \"aux\"])", two_leaves())),
              Optional(ElementsAre("logits", "aux")));
}

TEST(OutSpec, ATupleNumbersThem) {
  EXPECT_THAT(output_names(tree("tuple", "null", two_leaves())), Optional(ElementsAre("output_0", "output_1")));
}

TEST(OutSpec, OneLeafIsTheOutput) {
  EXPECT_THAT(output_names("[1, " + std::string(kLeaf) + "]"), Optional(ElementsAre("output")));
  EXPECT_THAT(output_names(tree("tuple", "null", kLeaf)), Optional(ElementsAre("output")));
}

TEST(OutSpec, NamesOfNestedOnesAreJoined) {
  const std::string inner = tree("tuple", "null", two_leaves()).substr(4);
  EXPECT_THAT(output_names(tree("dict", R"([\"boxes\"])", inner.substr(0, inner.size() - 1))),
              Optional(ElementsAre("boxes_0", "boxes_1")));
}

TEST(OutSpec, WhatIsNoTreeGivesNothing) {
  EXPECT_EQ(output_names(""), std::nullopt);
  EXPECT_EQ(output_names("[1]"), std::nullopt);
  EXPECT_EQ(output_names("[1, {\"type\": \"t\"}]"), std::nullopt);
}

}  // namespace
}  // namespace tandem::convert::exported
