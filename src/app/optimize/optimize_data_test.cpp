// SPDX-License-Identifier: Apache-2.0
// Where examples come from, what is known of them, and what is refused.
#include "app/optimize/optimize_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "domains/carotid/phantom.h"
#include "support/temp_dir.h"
#include "vision/encode.h"

namespace tandem::app {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

/// A segmentation of gray images of 16 x 16, whose labels are "background" and "artery".
struct SmallModel {
  ModelInfo info;
  std::optional<Pipeline> pipeline;

  SmallModel() {
    info.inputs.push_back({"x", DType::kFloat32, {{Dim::fixed(1), Dim::fixed(1), Dim::fixed(16), Dim::fixed(16)}}});
    info.outputs.push_back({"y", DType::kFloat32, {{Dim::fixed(1), Dim::fixed(2), Dim::fixed(16), Dim::fixed(16)}}});
    ModelConfig config;
    config.task = "segmentation";
    ImagePreprocess image;
    image.width = image.height = 16;
    image.color = ColorOrder::kGray;
    config.inputs.push_back({"x", image});
    config.outputs.push_back({"y", Postprocess::kSegmentation, Activation::kSoftmax, {"background", "artery"}});
    pipeline = Pipeline::create(std::move(config), info).value();
  }
  Result<ExampleSet> read(const std::vector<std::string>& sources, std::size_t count) const {
    return read_examples(sources, count, {info, &*pipeline});
  }
};

void write_image(const std::filesystem::path& file, std::uint8_t gray) {
  std::filesystem::create_directories(file.parent_path());
  Image image;
  image.width = image.height = 16;
  image.channels = 1;
  image.pixels.assign(256, gray);
  const auto png = encode_png(image).value();
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(png.data()), static_cast<std::streamsize>(png.size()));
}

TEST(ReadExamples, PhantomsKnowTheirMasks) {
  const ExampleSet set = SmallModel().read({"phantom:arrest:7"}, 3).value();
  ASSERT_THAT(set.examples, SizeIs(3));
  ASSERT_TRUE(set.examples[0].mask);
  EXPECT_EQ(set.examples[0].mask->width, carotid::PhantomOptions{}.size);
  EXPECT_EQ(set.description, "3 examples of phantom:arrest:7");
}

TEST(ReadExamples, SourcesTakeTurns) {
  const TempDir folder;
  write_image(folder.path() / "black/a.png", 0);
  write_image(folder.path() / "white/a.png", 255);
  const ExampleSet set =
      SmallModel().read({(folder.path() / "black").string(), (folder.path() / "white").string()}, 10).value();
  ASSERT_THAT(set.examples, SizeIs(2));
  EXPECT_EQ(set.examples[0].prepared.inputs[0].values<float>()[0], 0);
  EXPECT_FLOAT_EQ(set.examples[1].prepared.inputs[0].values<float>()[0], 1);
}

TEST(ReadExamples, FoldersAreLabels) {
  const TempDir folder;
  write_image(folder.path() / "artery/1.png", 0);
  write_image(folder.path() / "background/1.png", 0);
  const ExampleSet set = SmallModel().read({folder.path().string()}, 10).value();
  ASSERT_THAT(set.examples, SizeIs(2));
  EXPECT_EQ(set.examples[0].label, 1);
  EXPECT_EQ(set.examples[1].label, 0);
}

TEST(ReadExamples, AFolderThatIsNoLabelIsNamed) {
  const TempDir folder;
  write_image(folder.path() / "vein/1.png", 0);
  const auto refused = SmallModel().read({folder.path().string()}, 10);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("'vein' is no label of the model"));
}

TEST(ReadExamples, AnEmptyFolderIsRefused) {
  const TempDir folder;
  EXPECT_FALSE(SmallModel().read({folder.path().string()}, 1));
}

TEST(ReadExamples, ASourceThatIsNotThereSaysWhatASourceIs) {
  const auto refused = SmallModel().read({"no-such-thing"}, 1);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("phantom:KIND:SEED"));
}

TEST(ReadExamples, NoSourceGivesNoExamples) {
  EXPECT_THAT(SmallModel().read({}, 5).value().examples, SizeIs(0));
  EXPECT_EQ(SmallModel().read({}, 5).value().description, "");
}

TEST(CheckApart, TheSameSeedIsTheSamePatientsWhateverTheKind) {
  EXPECT_FALSE(check_apart({"phantom:arrest:7"}, {"phantom:rosc:7"}));
  EXPECT_FALSE(check_apart({"scenes:20261122"}, {"scenes:held-out"}));
  EXPECT_FALSE(check_apart({"models/samples"}, {"models/../models/samples"}));
}

TEST(CheckApart, OtherSeedsAreOtherExamples) {
  EXPECT_TRUE(check_apart({"phantom:arrest:7", "phantom:rosc:7"}, {"phantom:arrest:8", "scenes:7"}));
}

}  // namespace
}  // namespace tandem::app
