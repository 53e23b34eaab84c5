// SPDX-License-Identifier: Apache-2.0
// Tests that option names parse back and that unknown ones list the choices.
#include "engine/options.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(ParseDevice, KnowsItsNames) {
  EXPECT_EQ(parse_device("cuda").value(), Device::kCuda);
  EXPECT_EQ(parse_device("gpu").error().message, "unknown device 'gpu': expected auto, cpu or cuda");
}

TEST(ParseGraphOptimization, KnowsItsNames) {
  EXPECT_EQ(parse_graph_optimization("extended").value(), GraphOptimization::kExtended);
  EXPECT_FALSE(parse_graph_optimization("99"));
}

}  // namespace
}  // namespace tandem
