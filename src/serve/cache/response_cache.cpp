// SPDX-License-Identifier: Apache-2.0
// Eight independent LRU lists.
#include "serve/cache/response_cache.h"

#include <cstring>
#include <map>

namespace tandem::serve {
namespace {

/// Each text and list is hashed with its length before it, so that no two requests run together to the same bytes.
class KeyHasher {
 public:
  void number(std::uint64_t value) { hash_.update(std::as_bytes(std::span(&value, 1))); }
  void text(std::string_view value) {
    number(value.size());
    hash_.update(std::as_bytes(std::span(value)));
  }
  void tensor(const Tensor& tensor) {
    number(static_cast<std::uint64_t>(tensor.dtype()));
    number(tensor.shape().rank());
    for (const std::int64_t extent : tensor.shape().dims()) number(static_cast<std::uint64_t>(extent));
    if (tensor.dtype() == DType::kString) {
      for (const std::string& element : tensor.strings()) text(element);
    } else {
      hash_.update(tensor.bytes());
    }
  }
  CacheKey digest() { return hash_.digest(); }

 private:
  Sha256 hash_;
};

std::uint64_t memory_of(const Tensor& tensor) {
  std::uint64_t bytes = sizeof(Tensor) + tensor.byte_size();
  if (tensor.dtype() != DType::kString) return bytes;
  for (const std::string& element : tensor.strings()) bytes += sizeof(std::string) + element.capacity();
  return bytes;
}

/// The batch's memory would be kept alive by a view of it.
std::optional<std::vector<Tensor>> copy(std::span<const Tensor> tensors) {
  std::vector<Tensor> copies;
  for (const Tensor& tensor : tensors) {
    auto cloned = tensor.clone();
    if (!cloned) return std::nullopt;
    copies.push_back(std::move(*cloned));
  }
  return copies;
}

bool is_same(const std::weak_ptr<const ServedModel>& left, const std::shared_ptr<const ServedModel>& right) {
  return !left.owner_before(right) && !right.owner_before(left);
}

void add(DurationStatistic& statistic, std::uint64_t count, std::uint64_t ns) {
  statistic.count += count;
  statistic.ns += ns;
}

}  // namespace

CacheKey cache_key(const ServedModel& model, std::span<const Tensor> inputs) {
  KeyHasher hasher;
  hasher.text(model.name);
  hasher.text(model.version);
  hasher.number(inputs.size());
  for (const Tensor& input : inputs) hasher.tensor(input);
  return hasher.digest();
}

std::size_t ResponseCache::KeyHash::operator()(const CacheKey& key) const {
  std::size_t value = 0;
  std::memcpy(&value, key.data() + 1, sizeof(value));  // the first byte chose the shard
  return value;
}

ResponseCache::Shard& ResponseCache::shard_of(const CacheKey& key) {
  return shards_[static_cast<std::size_t>(key[0]) % kShards];
}

void ResponseCache::Shard::erase(std::list<Entry>::iterator entry) {
  bytes -= entry->bytes;
  by_key.erase(entry->key);
  entries.erase(entry);
}

std::optional<std::vector<Tensor>> ResponseCache::find(const std::shared_ptr<const ServedModel>& model,
                                                       const CacheKey& key) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) return std::nullopt;
  if (!is_same(found->second->model, model)) {
    shard.erase(found->second);
    return std::nullopt;
  }
  shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
  std::vector<Tensor> views;
  for (const Tensor& output : found->second->outputs) views.push_back(output.view());
  return views;
}

void ResponseCache::insert(const std::shared_ptr<const ServedModel>& model, const CacheKey& key,
                           std::span<const Tensor> outputs) {
  std::uint64_t bytes = sizeof(Entry);
  for (const Tensor& output : outputs) bytes += memory_of(output);
  if (bytes > shard_limit_) return;
  auto copies = copy(outputs);
  if (!copies) return;
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  if (const auto found = shard.by_key.find(key); found != shard.by_key.end()) shard.erase(found->second);
  for (; shard.bytes + bytes > shard_limit_; ++shard.evictions) shard.erase(std::prev(shard.entries.end()));
  shard.entries.push_front({key, model, std::move(*copies), bytes});
  shard.by_key.emplace(key, shard.entries.begin());
  shard.bytes += bytes;
}

CacheStatistics& ResponseCache::statistics_of(Shard& shard, const ServedModel& model) {
  CacheStatistics& statistics = shard.statistics[model.name + '\n' + model.version];
  if (statistics.name.empty()) {
    statistics.name = model.name;
    statistics.version = model.version;
  }
  return statistics;
}

void ResponseCache::count_hit(const ServedModel& model, const CacheKey& key, std::chrono::nanoseconds took) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  add(statistics_of(shard, model).hit, 1, static_cast<std::uint64_t>(took.count()));
}

void ResponseCache::count_miss(const ServedModel& model, const CacheKey& key, std::chrono::nanoseconds took) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  add(statistics_of(shard, model).miss, 1, static_cast<std::uint64_t>(took.count()));
}

std::vector<CacheStatistics> ResponseCache::statistics() const {
  std::map<std::string, CacheStatistics> merged;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (const auto& [id, part] : shard.statistics) {
      CacheStatistics& whole = merged[id];
      whole.name = part.name;
      whole.version = part.version;
      add(whole.hit, part.hit.count, part.hit.ns);
      add(whole.miss, part.miss.count, part.miss.ns);
    }
  }
  std::vector<CacheStatistics> all;
  for (auto& [id, statistics] : merged) all.push_back(std::move(statistics));
  return all;
}

CacheState ResponseCache::state() const {
  CacheState state;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    state.bytes += shard.bytes;
    state.entries += shard.entries.size();
    state.evictions += shard.evictions;
  }
  return state;
}

}  // namespace tandem::serve
