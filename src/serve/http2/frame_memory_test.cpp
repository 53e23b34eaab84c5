// SPDX-License-Identifier: Apache-2.0
// That pieces come again, hold what was put into them, and are not kept without bound.
#include "serve/http2/frame_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace tandem::serve {
namespace {

TEST(FrameMemory, APieceComesAgainForTheSameSize) {
  FrameMemory memory;
  void* piece = memory.take(100);
  memory.give_back(piece);
  EXPECT_EQ(memory.take(90), piece);
  memory.give_back(piece);
}

TEST(FrameMemory, NoPieceIsGivenTwice) {
  FrameMemory memory;
  void* first = memory.take(100);
  void* second = memory.take(100);
  EXPECT_NE(first, second);
  memory.give_back(first);
  memory.give_back(second);
}

TEST(FrameMemory, PiecesAreAlignedForEverything) {
  FrameMemory memory;
  for (const std::size_t size : {0, 1, 63, 64, 65, 1024, 1025}) {
    void* piece = memory.take(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece) % alignof(std::max_align_t), 0U) << size;
    memory.give_back(piece);
  }
}

TEST(FrameMemory, AZeroedPieceIsZeroWhateverItHeld) {
  FrameMemory memory;
  void* piece = memory.take(64);
  std::memset(piece, 0xFF, 64);
  memory.give_back(piece);
  auto* zeroed = static_cast<unsigned char*>(memory.take_zeroed(8, 8));
  for (int i = 0; i < 64; ++i) EXPECT_EQ(zeroed[i], 0);
  memory.give_back(zeroed);
}

TEST(FrameMemory, AResizedPieceKeepsWhatFits) {
  FrameMemory memory;
  void* piece = memory.resize(nullptr, 6);
  std::memcpy(piece, "begin", 6);
  piece = memory.resize(piece, 5000);
  EXPECT_STREQ(static_cast<const char*>(piece), "begin");
  piece = memory.resize(piece, 3);
  EXPECT_EQ(std::memcmp(piece, "beg", 3), 0);
  memory.give_back(piece);
}

TEST(FrameMemory, RefusesWhatCannotBe) {
  FrameMemory memory;
  EXPECT_EQ(memory.take(SIZE_MAX), nullptr);
  EXPECT_EQ(memory.take_zeroed(SIZE_MAX, 2), nullptr);
}

// The sanitizers see a piece that is lost or freed twice.
TEST(FrameMemory, GivesBackWhatIsTooMuch) {
  FrameMemory memory;
  std::vector<void*> pieces;
  for (int i = 0; i < 200; ++i) pieces.push_back(memory.take(64));
  for (void* piece : pieces) memory.give_back(piece);
  memory.give_back(nullptr);
}

}  // namespace
}  // namespace tandem::serve
