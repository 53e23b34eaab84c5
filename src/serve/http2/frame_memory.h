// SPDX-License-Identifier: Apache-2.0
// FrameMemory: the small pieces of memory that nghttp2 takes and gives back with every request, kept for the next one.
#pragma once

#include <array>
#include <cstddef>

namespace tandem::serve {

/// For one connection, on its loop's thread. A request takes and gives back a dozen pieces, always of the same few
/// sizes; from here they cost a tenth of what they cost from the heap. Outlives what was taken.
class FrameMemory final {
 public:
  FrameMemory() = default;
  FrameMemory(const FrameMemory&) = delete;
  FrameMemory& operator=(const FrameMemory&) = delete;
  ~FrameMemory();

  /// As malloc, free, calloc and realloc: null when there is no memory.
  void* take(std::size_t size);
  void give_back(void* piece);
  void* take_zeroed(std::size_t count, std::size_t size);
  void* resize(void* piece, std::size_t size);

 private:
  struct alignas(std::max_align_t) Head {
    std::size_t size_class = 0;  // kClasses: too large to be kept
    std::size_t size = 0;
    Head* next = nullptr;  // of those that are kept
  };
  static constexpr std::size_t kStep = 64;  // bytes; class n holds up to n + 1 steps
  static constexpr std::size_t kClasses = 16;
  static constexpr std::size_t kKeptOfClass = 32;
  struct Kept {
    Head* first = nullptr;
    std::size_t count = 0;
  };

  std::array<Kept, kClasses> kept_;
};

}  // namespace tandem::serve
