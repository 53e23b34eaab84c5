// SPDX-License-Identifier: Apache-2.0
// Memory of a process and of all that it has started, as the kernel counts it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace tandem {

struct TreeMemory {
  std::uint64_t proportional_bytes = 0;   // PSS: what several processes share is divided among them
  std::uint64_t peak_resident_bytes = 0;  // the sum of each one's largest resident size
};

/// The process, its children, theirs, and so on; those that end meanwhile are left out.
std::vector<pid_t> process_tree(pid_t root);

/// Of that tree. 0 where the kernel does not tell.
TreeMemory tree_memory(pid_t root);

}  // namespace tandem
