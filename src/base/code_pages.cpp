// SPDX-License-Identifier: Apache-2.0
// Only pages that nothing has written to: of others, the same call would lose what was written.
#include "base/code_pages.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem {
namespace {

/// Whether the dynamic linker had to write into segments that are not writable (DT_TEXTREL).
bool has_relocated_code(const dl_phdr_info& object, const ElfW(Phdr) & dynamic) {
  const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + dynamic.p_vaddr);
  for (; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_TEXTREL) return true;
    if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0) return true;
  }
  return false;
}

void forget_segment(const dl_phdr_info& object, const ElfW(Phdr) & segment, std::uintptr_t page) {
  const std::uintptr_t begin = (object.dlpi_addr + segment.p_vaddr + page - 1) / page * page;
  const std::uintptr_t end = (object.dlpi_addr + segment.p_vaddr + segment.p_filesz) / page * page;
  if (begin >= end) return;
  // It is advice: where the kernel does not take it, the memory goes back later.
  static_cast<void>(::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED));
}

int forget_object(dl_phdr_info* object, std::size_t, void* count) {
  const bool is_program = (*static_cast<std::size_t*>(count))++ == 0;
  const bool is_file = is_program || std::string_view(object->dlpi_name).find('/') != std::string_view::npos;
  if (!is_file) return 0;  // the kernel's own, linux-vdso
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    if (part.p_type == PT_DYNAMIC && has_relocated_code(*object, part)) return 0;
  }
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    if (part.p_type == PT_LOAD && (part.p_flags & PF_W) == 0) forget_segment(*object, part, page);
  }
  return 0;
}

}  // namespace

void forget_code_pages() {
  std::size_t count = 0;
  ::dl_iterate_phdr(forget_object, &count);
}

}  // namespace tandem
