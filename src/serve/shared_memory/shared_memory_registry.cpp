// SPDX-License-Identifier: Apache-2.0
// The map of regions behind its lock.
#include "serve/shared_memory/shared_memory_registry.h"

#include <fmt/format.h>

#include <mutex>
#include <utility>

namespace tandem::serve {
namespace {

Error is_registered(std::string_view name) {
  return {Code::kAlreadyExists,
          fmt::format("shared memory region '{}' is registered already; unregister it first", name)};
}

Error not_registered(std::string_view name) {
  return {Code::kNotFound, fmt::format("there is no shared memory region '{}'; register it first", name)};
}

}  // namespace

Status SharedMemoryRegistry::add(SharedMemoryRegistration registration) {
  const std::string name = registration.name;
  if (name.empty()) return invalid_argument("the name of a shared memory region must not be empty");
  if (find(name)) return fail(is_registered(name));
  auto region = TRY(SharedMemoryRegion::open(std::move(registration)));
  const std::unique_lock lock(mutex_);
  if (regions_.size() >= kMaxRegions) {
    return fail(Code::kResourceExhausted,
                fmt::format("{} shared memory regions are registered, which is the most; unregister those that are no "
                            "longer used",
                            kMaxRegions));
  }
  if (!regions_.emplace(name, std::move(region)).second) return fail(is_registered(name));
  return {};
}

void SharedMemoryRegistry::remove(std::string_view name) {
  std::shared_ptr<const SharedMemoryRegion> closed_outside_the_lock;
  const std::unique_lock lock(mutex_);
  const auto it = regions_.find(name);
  if (it == regions_.end()) return;
  closed_outside_the_lock = std::move(it->second);
  regions_.erase(it);
}

void SharedMemoryRegistry::remove_all() {
  decltype(regions_) closed_outside_the_lock;
  const std::unique_lock lock(mutex_);
  regions_.swap(closed_outside_the_lock);
}

Result<std::vector<SharedMemoryRegistration>> SharedMemoryRegistry::list(std::string_view name) const {
  std::vector<SharedMemoryRegistration> found;
  if (!name.empty()) {
    found.push_back(TRY(find(name))->registration());
    return found;
  }
  const std::shared_lock lock(mutex_);
  for (const auto& [key, region] : regions_) found.push_back(region->registration());
  return found;
}

Result<std::shared_ptr<const SharedMemoryRegion>> SharedMemoryRegistry::find(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto it = regions_.find(name);
  if (it == regions_.end()) return fail(not_registered(name));
  return it->second;
}

Result<SharedMemorySlice> SharedMemoryRegistry::slice(std::string_view name, std::uint64_t offset,
                                                      std::uint64_t byte_size) const {
  auto region = TRY(find(name));
  const std::uint64_t size = region->registration().byte_size;
  if (offset > size || byte_size > size - offset) {
    return invalid_argument(fmt::format("shared memory region '{}' has {} bytes, expected {} from offset {}", name,
                                        size, byte_size, offset));
  }
  SharedMemorySlice slice;
  slice.region = std::move(region);
  slice.offset = offset;
  slice.byte_size = byte_size;
  return slice;
}

Error shared_memory_is_off() {
  return {Code::kFailedPrecondition,
          "shared memory is off: start the server with --shared-memory, or send the tensors themselves"};
}

Result<SharedMemorySlice> find_shared_memory(const SharedMemoryRegistry* registry, std::string_view name,
                                             std::uint64_t offset, std::uint64_t byte_size) {
  if (registry == nullptr) return fail(shared_memory_is_off());
  return registry->slice(name, offset, byte_size);
}

}  // namespace tandem::serve
