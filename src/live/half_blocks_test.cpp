// SPDX-License-Identifier: Apache-2.0
// Tests of pictures made of characters.
#include "live/half_blocks.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "live/terminal_view.h"

namespace tandem::live {
namespace {

TEST(HalfBlocks, ACellHoldsTheUpperPixelInFrontAndTheLowerBehind) {
  const Image image{1, 2, 3, {255, 0, 0, 0, 0, 255}};
  EXPECT_EQ(draw_half_blocks(image, {1, 1}, TerminalColors::kTrue),
            "\x1b[38;2;255;0;0m\x1b[48;2;0;0;255m\u2580\x1b[0m\r\n");
}

TEST(HalfBlocks, TheColoursAreThoseOfXtermsCubeWhereThereAreOnly256) {
  const Image image{1, 2, 3, {255, 0, 0, 95, 135, 175}};
  EXPECT_EQ(draw_half_blocks(image, {1, 1}, TerminalColors::kPalette256),
            "\x1b[38;5;196m\x1b[48;5;67m\u2580\x1b[0m\r\n");
}

TEST(HalfBlocks, AColourIsNamedOnlyWhereItChanges) {
  const Image image{3, 2, 1, {9, 9, 9, 9, 9, 9}};
  EXPECT_EQ(draw_half_blocks(image, {3, 1}, TerminalColors::kTrue),
            "\x1b[38;2;9;9;9m\x1b[48;2;9;9;9m\u2580\u2580\u2580\x1b[0m\r\n");
}

TEST(HalfBlocks, APixelIsTheMeanOfWhatItCovers) {
  const Image image{2, 4, 1, {0, 10, 20, 30, 100, 100, 100, 102}};
  EXPECT_EQ(draw_half_blocks(image, {1, 1}, TerminalColors::kTrue),
            "\x1b[38;2;15;15;15m\x1b[48;2;101;101;101m\u2580\x1b[0m\r\n");
}

TEST(HalfBlocks, AnImageSmallerThanTheCellsIsRepeated) {
  const Image image{1, 1, 1, {7}};
  const std::string text = draw_half_blocks(image, {2, 2}, TerminalColors::kTrue);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(HalfBlocks, TheAspectIsKept) {
  const auto cells = [](int width, int height, CellSize room) {
    return fit_cells({width, height, 1, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height))}, room);
  };
  EXPECT_EQ(cells(100, 100, {80, 20}).columns, 40);
  EXPECT_EQ(cells(100, 100, {80, 20}).rows, 20);
  EXPECT_EQ(cells(200, 100, {80, 40}).rows, 20);
  EXPECT_EQ(cells(5000, 1, {80, 40}).rows, 1);
  EXPECT_EQ(cells(10, 10, {80, 0}).rows, 0);
}

TEST(TerminalColors, AreTrueOnlyWhereTheTerminalSaysSo) {
  EXPECT_EQ(terminal_colors("truecolor"), TerminalColors::kTrue);
  EXPECT_EQ(terminal_colors("24bit"), TerminalColors::kTrue);
  EXPECT_EQ(terminal_colors(""), TerminalColors::kPalette256);
  EXPECT_EQ(terminal_colors(nullptr), TerminalColors::kPalette256);
}

TEST(Printable, ControlCharactersBecomeQuestionMarks) {
  EXPECT_EQ(printable("a\x1b[2Jb\x7f"), "a?[2Jb?");
  EXPECT_EQ(printable("a\xc2\x9b!"),
            "a?"
            "?!");
  EXPECT_EQ(printable("정상 é"), "정상 é");
}

}  // namespace
}  // namespace tandem::live
