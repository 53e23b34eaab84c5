// SPDX-License-Identifier: Apache-2.0
// CoreTokens: the cores of the CPU budget as tokens, so that models which run side by side do not oversubscribe them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <utility>

namespace tandem {

/// What everyone who waits or runs looks like at one moment.
struct CoreTokensState {
  int cores = 0;
  int free = 0;                // negative: more run than there are cores
  std::uint64_t waits = 0;     // runs that did not get their cores at once
  std::uint64_t overruns = 0;  // runs that began without, because their patience had ended
};

/// Thread-safe. One for the process; outlives whoever takes from it.
class CoreTokens final {
 public:
  /// Gives back what it holds when it is destroyed.
  class Hold final {
   public:
    Hold() = default;
    Hold(Hold&& other) noexcept : tokens_(std::exchange(other.tokens_, nullptr)), count_(other.count_) {}
    Hold& operator=(Hold&& other) noexcept {
      release();
      tokens_ = std::exchange(other.tokens_, nullptr);
      count_ = other.count_;
      return *this;
    }
    ~Hold() { release(); }
    void release();

   private:
    friend class CoreTokens;
    Hold(CoreTokens* tokens, int count) : tokens_(tokens), count_(count) {}
    CoreTokens* tokens_ = nullptr;
    int count_ = 0;
  };

  /// cores at least 1
  explicit CoreTokens(int cores);

  /// Waits in line until `count` cores (at most all there are) are free, or until `patience` is over and then takes
  /// them all the same: the system shares the cores out in slices, which is better than standing behind a run of
  /// minutes.
  Hold take(int count, std::chrono::nanoseconds patience);

  /// How many are free now; a guess by the time the caller reads it.
  int free() const;
  CoreTokensState state() const;

 private:
  struct Waiter {
    int count;
    bool served = false;
    std::condition_variable wake;
  };
  void give(int count);
  void serve_waiters();  // needs mutex_

  mutable std::mutex mutex_;
  // Guarded by mutex_:
  CoreTokensState state_;
  std::list<Waiter*> line_;  // first come, first served
};

}  // namespace tandem
