// SPDX-License-Identifier: Apache-2.0
// Only ever within a mapping of a file: of other memory, the same call would lose what it holds.
#include "base/mapped_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <functional>

namespace tandem {

void forget_pages(const MappedFile& file, std::span<const std::byte> bytes) {
  const std::byte* begin = file.bytes().data();
  const std::byte* end = begin + file.bytes().size();
  const std::less_equal<> at_most;  // also for pointers into different objects
  if (bytes.empty() || !at_most(begin, bytes.data()) || !at_most(bytes.data() + bytes.size(), end)) return;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto before = static_cast<std::size_t>(bytes.data() - begin);
  const std::size_t first = (before + page - 1) / page * page;
  // The end of the file may lie within its last page, which is the mapping's.
  const std::size_t last =
      bytes.data() + bytes.size() == end ? before + bytes.size() : (before + bytes.size()) / page * page;
  if (first >= last) return;
  void* address = const_cast<std::byte*>(begin) + first;
  // It is advice: where the kernel does not take it, the memory goes back later.
  static_cast<void>(::madvise(address, last - first, MADV_DONTNEED));
}

}  // namespace tandem
