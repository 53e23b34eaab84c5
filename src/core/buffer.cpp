// SPDX-License-Identifier: Apache-2.0
// Aligned allocation with a readable tail.
#include "core/buffer.h"

#include <cstdlib>
#include <limits>

namespace tandem {

void FreeAligned::operator()(std::byte* data) const { std::free(data); }

AlignedBuffer allocate_aligned(std::size_t size) {
  constexpr std::size_t kExtra = kTensorPadding + kTensorAlignment;
  if (size > std::numeric_limits<std::size_t>::max() - kExtra) return nullptr;
  const std::size_t rounded = (size + kExtra - 1) / kTensorAlignment * kTensorAlignment;
  return AlignedBuffer(static_cast<std::byte*>(std::aligned_alloc(kTensorAlignment, rounded)));
}

}  // namespace tandem
