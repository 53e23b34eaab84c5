// SPDX-License-Identifier: Apache-2.0
// Parts of store names and of any others.
#include "store/part_name.h"

#include <gtest/gtest.h>

#include "store/store.h"

namespace tandem {
namespace {

TEST(PartName, TheOnlyPartKeepsTheName) { EXPECT_EQ(part_name("x", ""), "x"); }
TEST(PartName, APartGoesBehindAnyOtherName) { EXPECT_EQ(part_name("x", "step"), "x-step"); }
TEST(PartName, AStoresNameStaysOne) {
  const std::string name = part_name("caption_net_scenes_20261121", "step");
  EXPECT_EQ(name, "caption_net-step_scenes_20261121");
  EXPECT_TRUE(ModelName::parse(name));
}

}  // namespace
}  // namespace tandem
