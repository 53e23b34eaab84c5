// SPDX-License-Identifier: Apache-2.0
// What may be written on the command line of tandem convert, and what the requests then say.
#include "app/convert/convert_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(InputShape, SizesAreSeparatedByAnX) {
  const auto parsed = parse_input_shape("input=1x3x224x224");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->first, "input");
  EXPECT_THAT(parsed->second, ElementsAre(1, 3, 224, 224));
}

TEST(InputShape, CommasDoAsWellAndMinusOneIsOpen) {
  const auto parsed = parse_input_shape("tokens=-1,77");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_THAT(parsed->second, ElementsAre(-1, 77));
}

TEST(InputShape, ANameMayHoldAnEqualsSign) { EXPECT_EQ(parse_input_shape("a=b=2")->first, "a=b"); }

class BadShape : public testing::TestWithParam<const char*> {};

TEST_P(BadShape, IsRefusedWithAnExample) {
  const auto parsed = parse_input_shape(GetParam());
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr("--input input=1x3x224x224"));
}
INSTANTIATE_TEST_SUITE_P(Texts, BadShape,
                         testing::Values("", "input", "input=", "=1x2", "input=1xx2", "input=0", "input=-2", "input=1x",
                                         "input=a", "input=99999999999999999999", "input=1 x 2"));

TEST(PairOfNames, BothMustBeThere) {
  EXPECT_EQ(parse_pair("a=b", "--name")->second, "b");
  EXPECT_FALSE(parse_pair("a=", "--name"));
  EXPECT_FALSE(parse_pair("=b", "--name"));
  EXPECT_FALSE(parse_pair("ab", "--name"));
}

TEST(ConvertRequest, TheOutputStandsBesideTheCheckpoint) {
  EXPECT_EQ(request_of(ConvertFlags(), "folder/net.pth")->output, "folder/net.onnx");
}

TEST(ConvertRequest, AFolderGetsTheCheckpointsName) {
  ConvertFlags flags;
  flags.output = "out/";
  EXPECT_EQ(request_of(flags, "folder/net.pth")->output, "out/net.onnx");
}

TEST(ConvertRequest, PassesAreSwitchedByName) {
  ConvertFlags flags;
  flags.passes_off = {"batch-norm"};
  flags.passes_added = {"note-shapes"};
  const auto request = request_of(flags, "net.pth");
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->passes.off.contains("batch-norm"));
  EXPECT_TRUE(request->passes.added.contains("note-shapes"));
}

TEST(ConvertRequest, NamesAndDimensionsAreOptionsOfTheImporter) {
  ConvertFlags flags;
  flags.names = {"input=pixels"};
  flags.dims = {"batch=8"};
  flags.inputs = {"input=1x3"};
  const auto request = request_of(flags, "net.pth");
  ASSERT_TRUE(request);
  EXPECT_THAT(request->options.names, ElementsAre(std::pair<std::string, std::string>("input", "pixels")));
  EXPECT_THAT(request->options.dims, ElementsAre(std::pair<std::string, std::string>("batch", "8")));
  EXPECT_EQ(request->options.input_shapes.size(), 1U);
}

}  // namespace
}  // namespace tandem::app
