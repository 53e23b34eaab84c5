// SPDX-License-Identifier: Apache-2.0
// LowPriority: for as long as it lives its thread leaves the cores to the others.
#pragma once

#include <sys/types.h>

namespace tandem {

/// The thread becomes one of SCHED_BATCH: it does not interrupt a thread that runs, and whoever wakes up interrupts it.
/// Where the process may undo it (RLIMIT_NICE or CAP_SYS_NICE; systemd: LimitNICE) it becomes nice 10 besides.
///
/// Niceness is inherited by threads, and an ordinary process cannot take it back: engines start the threads that will
/// serve requests while they load, and those would be slow for ever. The policy can be taken back, so it is what the
/// destructor goes by: it lifts this thread and every one of the process that has inherited SCHED_BATCH meanwhile.
///
/// Destroyed on the thread that made it. Within another of the same thread, and in a thread that has a policy of its
/// own already (chrt), it does nothing. Two at once on two threads end when the first does.
class LowPriority final {
 public:
  LowPriority();
  ~LowPriority();
  LowPriority(const LowPriority&) = delete;
  LowPriority& operator=(const LowPriority&) = delete;

  /// A process that this thread has started just now gets the priority that the thread had before.
  static void lift_child(pid_t process);

 private:
  bool active_ = false;
  bool is_nice_ = false;
  int nice_before_ = 0;
};

}  // namespace tandem
