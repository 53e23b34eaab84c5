// SPDX-License-Identifier: Apache-2.0
// SharedMemoryRegistry: the regions that clients have registered, by name (system shared memory extension).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "serve/shared_memory/shared_memory_region.h"

namespace tandem::serve {

/// Thread-safe. A request keeps the region it has found, so unregistering never takes memory from under it.
class SharedMemoryRegistry final {
 public:
  /// Each region holds a file open.
  static constexpr std::size_t kMaxRegions = 1024;

  /// errors   already_exists (the name), invalid_argument (the name is ""), resource_exhausted (too many regions), and
  ///          those of SharedMemoryRegion::open
  Status add(SharedMemoryRegistration registration);

  /// A name that is not registered is no error: the caller has what it wants. "" is not a name of a region.
  void remove(std::string_view name);
  void remove_all();

  /// By name; all of them when `name` is "". Errors: not_found.
  Result<std::vector<SharedMemoryRegistration>> list(std::string_view name) const;

  /// The place of a tensor. Errors: not_found (with the call that registers), invalid_argument (outside the region).
  Result<SharedMemorySlice> slice(std::string_view name, std::uint64_t offset, std::uint64_t byte_size) const;

 private:
  Result<std::shared_ptr<const SharedMemoryRegion>> find(std::string_view name) const;

  mutable std::shared_mutex mutex_;  // held for a look-up or an insertion, never while memory is opened or copied
  std::map<std::string, std::shared_ptr<const SharedMemoryRegion>, std::less<>> regions_;
};

/// The same for a server that may have none: `registry` null fails with failed_precondition, which names the option.
Result<SharedMemorySlice> find_shared_memory(const SharedMemoryRegistry* registry, std::string_view name,
                                             std::uint64_t offset, std::uint64_t byte_size);

/// What calls of the extension answer when it is off.
Error shared_memory_is_off();

}  // namespace tandem::serve
