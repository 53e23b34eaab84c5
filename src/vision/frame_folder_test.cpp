// SPDX-License-Identifier: Apache-2.0
// The order of frames, their times, and what is refused.
#include "vision/frame_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/file.h"
#include "support/temp_dir.h"
#include "vision/encode.h"

namespace tandem {
namespace {

using std::chrono::milliseconds;

class FrameFolderTest : public ::testing::Test {
 protected:
  void add(const std::string& name, int width = 2) {
    const Image image{width, 2, 1, std::vector<std::uint8_t>(static_cast<std::size_t>(2 * width), 9)};
    const std::vector<std::byte> png = *encode_png(image);
    add_bytes(name, as_text(png));
  }
  void add_bytes(const std::string& name, std::string_view bytes) {
    ASSERT_TRUE(write_file_atomic(folder_.path() / name, bytes));
  }
  std::vector<Frame> read_all(double frames_per_second = 10) {
    std::vector<Frame> frames;
    const auto source = *open_frame_folder(folder_.path(), {frames_per_second});
    for (auto frame = *source->next(); frame; frame = *source->next()) frames.push_back(*frame);
    return frames;
  }

  TempDir folder_;
};

TEST_F(FrameFolderTest, GivesImagesInNaturalOrder) {
  for (const char* name : {"frame_10.png", "frame_9.PNG", "frame_1.png"}) add(name);
  std::vector<std::string> names;
  for (const Frame& frame : read_all()) names.push_back(frame.name);
  EXPECT_THAT(names, testing::ElementsAre("frame_1.png", "frame_9.PNG", "frame_10.png"));
}

TEST_F(FrameFolderTest, TimesFollowTheRate) {
  for (const char* name : {"1.png", "2.png", "3.png"}) add(name);
  const std::vector<Frame> frames = read_all(25);
  EXPECT_EQ(frames[2].time, milliseconds(80));
  EXPECT_EQ(frames[2].index, 2);
}

TEST_F(FrameFolderTest, OtherFilesAreNotLookedAt) {
  add("1.png");
  add_bytes("notes.txt", "no image");
  EXPECT_EQ(read_all().size(), 1U);
  EXPECT_EQ((*open_frame_folder(folder_.path()))->frame_count(), 1);
}

TEST_F(FrameFolderTest, ANameThatLiesIsAnErrorWithTheName) {
  add_bytes("1.png", "no image");
  const auto frame = (*open_frame_folder(folder_.path()))->next();
  ASSERT_FALSE(frame);
  EXPECT_THAT(frame.error().message, testing::HasSubstr("1.png"));
}

TEST_F(FrameFolderTest, AnImageOfAnotherSizeIsRefused) {
  add("1.png");
  add("2.png", 3);
  const auto source = *open_frame_folder(folder_.path());
  ASSERT_TRUE(source->next());
  const auto second = source->next();
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, testing::HasSubstr("expected 2x2 pixels as in 1.png, got 3x2"));
}

TEST_F(FrameFolderTest, AFolderWithoutImagesIsRefused) {
  EXPECT_EQ(open_frame_folder(folder_.path()).error().code, Code::kInvalidArgument);
}

TEST_F(FrameFolderTest, AFolderThatIsMissingIsNotFound) {
  EXPECT_EQ(open_frame_folder(folder_.path() / "none").error().code, Code::kNotFound);
}

TEST_F(FrameFolderTest, ARateOfZeroIsRefused) {
  add("1.png");
  EXPECT_EQ(open_frame_folder(folder_.path(), {0}).error().code, Code::kInvalidArgument);
}

TEST(NaturalLess, ComparesNumbersOfAnyLengthByValue) {
  EXPECT_TRUE(natural_less("f2", "f10"));
  EXPECT_TRUE(natural_less("f99999999999999999999998", "f99999999999999999999999"));
  EXPECT_TRUE(natural_less("a9b2", "a10b1"));
  EXPECT_TRUE(natural_less("a", "a1"));
}

TEST(NaturalLess, IsATotalOrder) {
  std::vector<std::string> names = {"f01", "f1", "f001", "f", "F1", "f1a", "f10", "", "1", "\xff", "f1.5"};
  std::sort(names.begin(), names.end(), natural_less);
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = 0; j < names.size(); ++j) {
      EXPECT_EQ(natural_less(names[i], names[j]), i < j) << names[i] << ' ' << names[j];
    }
  }
}

}  // namespace
}  // namespace tandem
