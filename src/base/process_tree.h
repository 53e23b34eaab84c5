// SPDX-License-Identifier: Apache-2.0
// The processes that a process has started, and what /proc/PID/stat says of each.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tandem {

struct ProcessStat {
  pid_t parent = 0;
  std::uint64_t ticks = 0;  // of processor time (sysconf(_SC_CLK_TCK) a second), with that of children that have ended
};

/// Of "123 (name that may hold anything) S 100 ...", the format of /proc/PID/stat (proc(5)); zeros when it is not
/// whole.
ProcessStat parse_process_stat(const std::string& text);

/// Zeros when there is no such process.
ProcessStat read_process_stat(pid_t process);

/// The process, its children, theirs, and so on; those that end meanwhile are left out.
std::vector<pid_t> process_tree(pid_t root);

}  // namespace tandem
