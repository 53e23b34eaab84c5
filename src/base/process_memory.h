// SPDX-License-Identifier: Apache-2.0
// Memory of a process and of all that it has started, as the kernel counts it.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace tandem {

struct TreeMemory {
  std::uint64_t proportional_bytes = 0;   // PSS: what several processes share is divided among them
  std::uint64_t peak_resident_bytes = 0;  // the sum of each one's largest resident size
};

/// Of the process, its children, theirs, and so on. 0 where the kernel does not tell.
TreeMemory tree_memory(pid_t root);

}  // namespace tandem
