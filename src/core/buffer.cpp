// SPDX-License-Identifier: Apache-2.0
// Aligned allocation with a readable tail.
#include "core/buffer.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace tandem {

namespace {

/// What malloc gave stands in front of the aligned bytes.
using Origin = void*;

/// Large memory in large pages, where the system has them: touching it for the first time takes a tenth of the time.
/// It is advice.
void prefer_large_pages(void* begin, std::size_t size) {
  constexpr std::size_t kWorthIt = 2 << 20;  // one of them
  if (size < kWorthIt) return;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::uintptr_t first = (reinterpret_cast<std::uintptr_t>(begin) + page - 1) / page * page;
  const std::uintptr_t last = (reinterpret_cast<std::uintptr_t>(begin) + size) / page * page;
  static_cast<void>(::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE));
}

}  // namespace

void FreeAligned::operator()(std::byte* data) const {
  if (data == nullptr) return;
  Origin origin = nullptr;
  std::memcpy(&origin, data - sizeof(origin), sizeof(origin));
  std::free(origin);
}

/// Not aligned_alloc: glibc cuts an aligned piece out of a larger one each time, and past the thread's cache, which
/// costs several times what malloc does. Tensors come and go with every request.
AlignedBuffer allocate_aligned(std::size_t size) {
  constexpr std::size_t kExtra = kTensorPadding + kTensorAlignment;
  if (size > std::numeric_limits<std::size_t>::max() - kExtra) return nullptr;
  const Origin origin = std::malloc(size + kExtra);
  if (origin == nullptr) return nullptr;
  prefer_large_pages(origin, size + kExtra);
  // malloc aligns to 16 bytes, so that at least as many lie before the next boundary.
  const std::size_t past = reinterpret_cast<std::uintptr_t>(origin) % kTensorAlignment;
  std::byte* const data = static_cast<std::byte*>(origin) + (kTensorAlignment - past);
  std::memcpy(data - sizeof(origin), &origin, sizeof(origin));
  return AlignedBuffer(data);
}

}  // namespace tandem
