// SPDX-License-Identifier: Apache-2.0
// Aligned memory: what tensors live in.
#pragma once

#include <cstddef>
#include <memory>

namespace tandem {

/// A cache line, and the widest vector register (AVX-512).
inline constexpr std::size_t kTensorAlignment = 64;

/// Bytes that may be read (not written) past the end of every buffer, so that SIMD readers need no tail loop.
inline constexpr std::size_t kTensorPadding = 64;

struct FreeAligned {
  void operator()(std::byte* data) const;
};

/// Owned, aligned, uninitialized memory.
using AlignedBuffer = std::unique_ptr<std::byte[], FreeAligned>;

/// `size` bytes and kTensorPadding more, aligned to kTensorAlignment; null when memory is exhausted.
AlignedBuffer allocate_aligned(std::size_t size);

}  // namespace tandem
