// SPDX-License-Identifier: Apache-2.0
// ResponseCache: answers by the content of their requests, in bounded memory; the least recently used go first.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/tensor.h"
#include "serve/inference_service.h"
#include "store/sha256.h"

namespace tandem::serve {

/// A cryptographic hash: nobody can make two requests that get each other's answers.
using CacheKey = Sha256Digest;

/// Of the model's name and version and, of each input, dtype, shape and content.
CacheKey cache_key(const ServedModel& model, std::span<const Tensor> inputs);

/// What the cache did for one model.
struct CacheStatistics {
  std::string name;
  std::string version;
  DurationStatistic hit;   // looking it up
  DurationStatistic miss;  // looking it up and putting it in
};

struct CacheState {
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
  std::uint64_t evictions = 0;
};

/// Thread-safe; requests with different keys seldom share a lock. An answer belongs to the model object that gave it:
/// one that was loaded anew is another object and never gets the answers of the one before.
class ResponseCache final {
 public:
  explicit ResponseCache(std::uint64_t limit_bytes) : shard_limit_(limit_bytes / kShards) {}

  /// Views of the outputs; nothing when there are none.
  std::optional<std::vector<Tensor>> find(const std::shared_ptr<const ServedModel>& model, const CacheKey& key);

  /// Copies the outputs. Those that are larger than an eighth of the limit are not kept.
  void insert(const std::shared_ptr<const ServedModel>& model, const CacheKey& key, std::span<const Tensor> outputs);

  void count_hit(const ServedModel& model, const CacheKey& key, std::chrono::nanoseconds took);
  void count_miss(const ServedModel& model, const CacheKey& key, std::chrono::nanoseconds took);

  std::vector<CacheStatistics> statistics() const;
  CacheState state() const;

 private:
  static constexpr std::size_t kShards = 8;
  struct KeyHash {
    std::size_t operator()(const CacheKey& key) const;
  };
  struct Entry {
    CacheKey key;
    std::weak_ptr<const ServedModel> model;
    std::vector<Tensor> outputs;
    std::uint64_t bytes = 0;
  };
  struct Shard {
    mutable std::mutex mutex;
    // Guarded by mutex:
    std::list<Entry> entries;  // the most recently used first
    std::unordered_map<CacheKey, std::list<Entry>::iterator, KeyHash> by_key;
    std::unordered_map<std::string, CacheStatistics> statistics;  // by name and version
    std::uint64_t bytes = 0;
    std::uint64_t evictions = 0;

    void erase(std::list<Entry>::iterator entry);  // needs mutex
  };

  Shard& shard_of(const CacheKey& key);
  static CacheStatistics& statistics_of(Shard& shard, const ServedModel& model);  // needs shard.mutex

  const std::uint64_t shard_limit_;
  std::array<Shard, kShards> shards_;
};

}  // namespace tandem::serve
