// SPDX-License-Identifier: Apache-2.0
// Texts as PyTorch 2.15 wrote them, and texts that nobody wrote.
#include "convert/exported/node_place.h"

#include <gtest/gtest.h>

namespace tandem::convert::exported {
namespace {

constexpr std::string_view kStack = "L__self__,,__main__.Net;L__self__head,head.3,torch.nn.modules.linear.Linear";
constexpr std::string_view kTrace =
    "File \"app/net.py\", line 11, in forward\n    x=s.conv(image)\n"
    "  File \"/usr/lib/python3.11/site-packages/torch/nn/modules/conv.py\", line 565, in forward\n    return "
    "self._conv";

TEST(NodePlace, IsTheInnermostModule) { EXPECT_EQ(place_of(kStack, "").module, "head.3"); }

TEST(NodePlace, IsTheInnermostLineThatIsNotPyTorchs) {
  EXPECT_EQ(place_of(kStack, kTrace).source, "net.py:11, in forward");
}

TEST(NodePlace, IsEmptyWhenTheTextsSayNothing) {
  const aten::Place place = place_of("", "");
  EXPECT_EQ(place.module, "");
  EXPECT_EQ(place.source, "");
}

TEST(NodePlace, PassesOverStacksThatPyTorchMadeUp) {
  constexpr std::string_view kEmpty = "_empty_nn_module_stack_from_metadata_hook";
  EXPECT_EQ(place_of(std::string(kEmpty) + "," + std::string(kEmpty) + "," + std::string(kEmpty), "").module, "");
}

TEST(NodePlace, TheNetworkIsTheOutermostClass) { EXPECT_EQ(network_class(kStack), "Net"); }

TEST(NodePlace, AClassThatIsNoNameIsNone) { EXPECT_EQ(network_class("L__self__,,__main__.Net\n- evil: 1"), ""); }

TEST(NodePlace, BrokenTracesGiveNothing) {
  EXPECT_EQ(place_of("a", "File \"").source, "");
  EXPECT_EQ(place_of(";;,", "File \"x").source, "");
}

}  // namespace
}  // namespace tandem::convert::exported
