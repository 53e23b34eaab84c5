// SPDX-License-Identifier: Apache-2.0
// The scenes are those of tools/train/scenes.py; tests/data/caption/make_scenes.py wrote what is held against.
#include "domains/caption/scene.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"

namespace tandem::caption {
namespace {

struct GoldenScene {
  std::uint64_t seed = 0;
  std::uint64_t index = 0;
  int side = 0;  // 0: only the caption is known
  std::string caption;
  std::vector<std::uint8_t> pixels;
};

std::vector<std::uint8_t> bytes_of(const std::string& hex) {
  std::vector<std::uint8_t> bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, bytes[i], 16);
  }
  return bytes;
}

std::vector<GoldenScene> read_goldens() {
  const auto text = read_file(std::filesystem::path(TANDEM_SOURCE_DIR) / "tests/data/caption/scenes.txt", 1 << 20);
  std::vector<GoldenScene> scenes;
  if (!text) return scenes;
  std::istringstream lines(*text);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    GoldenScene scene;
    std::string hex;
    fields >> scene.seed >> scene.index >> scene.side;
    fields.ignore(1, '\t');
    std::getline(fields, scene.caption, '\t');
    std::getline(fields, hex);
    scene.pixels = bytes_of(hex);
    scenes.push_back(std::move(scene));
  }
  return scenes;
}

TEST(Scene, CaptionsAreThoseOfThePythonRecipe) {
  const auto goldens = read_goldens();
  ASSERT_EQ(goldens.size(), 213U);
  for (const GoldenScene& golden : goldens) {
    EXPECT_EQ(scene_caption(golden.seed, golden.index), golden.caption) << golden.seed << ":" << golden.index;
  }
}

TEST(Scene, PixelsAreThoseOfThePythonRecipe) {
  std::size_t compared = 0;
  for (const GoldenScene& golden : read_goldens()) {
    if (golden.side == 0) continue;
    const Scene scene = draw_scene(golden.seed, golden.index, golden.side);
    ASSERT_EQ(scene.image.pixels.size(), golden.pixels.size());
    int differing = 0;
    for (std::size_t i = 0; i < golden.pixels.size(); ++i) {
      const int difference = std::abs(int{scene.image.pixels[i]} - int{golden.pixels[i]});
      ASSERT_LE(difference, 1) << golden.seed << ":" << golden.index << " value " << i;
      differing += difference;
    }
    // Two sine functions that differ in the last bit move a value across a rounding border once in very many.
    EXPECT_LE(differing, 2) << golden.seed << ":" << golden.index;
    ++compared;
  }
  EXPECT_EQ(compared, 11U);
}

TEST(Scene, ThePictureHasItsCaption) {
  EXPECT_EQ(draw_scene(20261122, 84, 8).caption, scene_caption(20261122, 84));
  EXPECT_EQ(scene_caption(20261122, 84), "a small green triangle above a small red circle on a bright background");
}

TEST(Scene, IsSquareAndInColour) {
  const Image image = draw_scene(1, 2, 33).image;
  EXPECT_EQ(image.width, 33);
  EXPECT_EQ(image.height, 33);
  EXPECT_EQ(image.channels, 3);
  EXPECT_EQ(image.pixels.size(), 33U * 33 * 3);
}

TEST(Scene, SeedsAndIndicesDiffer) {
  const Image image = draw_scene(1, 2, 16).image;
  EXPECT_EQ(image, draw_scene(1, 2, 16).image);
  EXPECT_NE(image, draw_scene(2, 2, 16).image);
  EXPECT_NE(image, draw_scene(1, 3, 16).image);
}

}  // namespace
}  // namespace tandem::caption
