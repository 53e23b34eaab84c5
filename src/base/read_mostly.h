// SPDX-License-Identifier: Apache-2.0
// ReadMostly: a value that many threads read all the time and one replaces now and then.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "base/split_mix.h"

namespace tandem {

/// Thread-safe. Each of a few shards has its own reference to the value behind its own lock, and a thread always reads
/// through the same shard: readers do not wait for each other, and share no cache line but by chance. After replace()
/// nothing of this object holds the value before.
template <typename T>
class ReadMostly final {
 public:
  explicit ReadMostly(std::shared_ptr<const T> value) { replace(std::move(value)); }

  /// read(value), under the lock of this thread's shard: short, and without a call of this object. What it returns must
  /// not refer to the value.
  template <typename Read>
  auto read(Read&& read) const {
    const Shard& shard = shards_[shard_of_this_thread()];
    const std::lock_guard lock(shard.mutex);
    return std::forward<Read>(read)(*shard.value);
  }

  /// The value itself, for longer looks at it.
  std::shared_ptr<const T> get() const {
    const Shard& shard = shards_[shard_of_this_thread()];
    const std::lock_guard lock(shard.mutex);
    return shard.value;
  }

  /// Readers see the value before or this one; once it returns, this one. One thread at a time.
  void replace(std::shared_ptr<const T> value) {
    for (Shard& shard : shards_) {
      std::shared_ptr<const T> before = value;
      const std::lock_guard lock(shard.mutex);
      shard.value.swap(before);
    }
  }

 private:
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kCacheLine = 64;

  struct alignas(kCacheLine) Shard {
    mutable std::mutex mutex;
    std::shared_ptr<const T> value;  // guarded by mutex
  };

  static std::size_t shard_of_this_thread() {
    // The hash of a thread is its address, whose low bits are the same for all.
    static thread_local const std::size_t shard =
        split_mix(std::hash<std::thread::id>{}(std::this_thread::get_id())) % kShards;
    return shard;
  }

  std::array<Shard, kShards> shards_;
};

}  // namespace tandem
