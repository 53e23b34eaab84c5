// SPDX-License-Identifier: Apache-2.0
// sched(7): between SCHED_OTHER and SCHED_BATCH anybody may change, to a lower niceness not.
#include "base/low_priority.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <string>
#include <thread>

namespace tandem {
namespace {

constexpr int kNice = 10;  // a tenth of a core where others want it; not so low that locks it holds are held for long

thread_local const LowPriority* current = nullptr;

int niceness(id_t thread) { return ::getpriority(PRIO_PROCESS, thread); }

void set_policy(pid_t thread, int policy) {
  const sched_param none{};
  ::sched_setscheduler(thread, policy, &none);  // failing leaves it as it was
}

/// Tried out on a thread that ends: a namespace may have the capability by name only.
bool may_come_back(int nice) {
  bool may = false;
  std::thread([&] {
    const auto self = static_cast<id_t>(::gettid());
    may = ::setpriority(PRIO_PROCESS, self, nice + 1) == 0 && ::setpriority(PRIO_PROCESS, self, nice) == 0;
  }).join();
  return may;
}

void lift(pid_t thread, bool is_nice, int nice) {
  set_policy(thread, SCHED_OTHER);
  if (is_nice) ::setpriority(PRIO_PROCESS, static_cast<id_t>(thread), nice);
}

}  // namespace

LowPriority::LowPriority() {
  if (current != nullptr || ::sched_getscheduler(0) != SCHED_OTHER) return;
  set_policy(0, SCHED_BATCH);
  if (::sched_getscheduler(0) != SCHED_BATCH) return;  // a sandbox forbids it: then nobody could be found and lifted
  active_ = true;
  current = this;
  nice_before_ = niceness(0);
  is_nice_ = nice_before_ < kNice && may_come_back(nice_before_);
  if (is_nice_) ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
}

LowPriority::~LowPriority() {
  if (!active_) return;
  current = nullptr;
  std::error_code failed;
  std::filesystem::directory_iterator task("/proc/self/task", failed);
  for (; !failed && task != std::filesystem::directory_iterator(); task.increment(failed)) {
    const std::string name = task->path().filename().string();
    pid_t thread = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), thread).ec != std::errc()) continue;
    if (::sched_getscheduler(thread) == SCHED_BATCH) lift(thread, is_nice_, nice_before_);
  }
  lift(::gettid(), is_nice_, nice_before_);  // also where there is no /proc
}

void LowPriority::lift_child(pid_t process) {
  if (current != nullptr) lift(process, current->is_nice_, current->nice_before_);
}

}  // namespace tandem
