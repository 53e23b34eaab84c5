// SPDX-License-Identifier: Apache-2.0
// NVML by dlopen: five of its functions, as NVIDIA's "NVML API Reference Guide" declares them.
#include "base/gpu_memory.h"

#include <dlfcn.h>

namespace tandem {
namespace {

constexpr int kSuccess = 0;
constexpr unsigned kMaxGpus = 64;

template <typename Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

}  // namespace

/// NVML's nvmlMemory_t.
struct GpuMemory::Memory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

std::optional<GpuMemory> GpuMemory::open(const std::filesystem::path& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return std::nullopt;
  int (*initialize)() = nullptr;
  Functions functions;
  const bool found = find(library, "nvmlInit_v2", initialize) &&
                     find(library, "nvmlDeviceGetCount_v2", functions.count) &&
                     find(library, "nvmlDeviceGetHandleByIndex_v2", functions.device) &&
                     find(library, "nvmlDeviceGetMemoryInfo", functions.memory);
  find(library, "nvmlDeviceGetHandleByUUID", functions.by_uuid);
  if (!found || initialize() != kSuccess) return std::nullopt;
  const GpuMemory memory(functions);
  if (!memory.bytes_in_use()) return std::nullopt;
  return memory;
}

std::optional<std::uint64_t> GpuMemory::bytes_in_use() const {
  unsigned count = 0;
  if (functions_.count(&count) != kSuccess || count == 0 || count > kMaxGpus) return std::nullopt;
  std::uint64_t used = 0;
  for (unsigned i = 0; i < count; ++i) {
    Device device = nullptr;
    Memory memory{};
    if (functions_.device(i, &device) != kSuccess || functions_.memory(device, &memory) != kSuccess) {
      return std::nullopt;
    }
    used += memory.used;
  }
  return used;
}

std::optional<std::uint64_t> GpuMemory::free_bytes(const std::string& uuid) const {
  Device device = nullptr;
  Memory memory{};
  const bool asked = functions_.by_uuid != nullptr && functions_.by_uuid(uuid.c_str(), &device) == kSuccess &&
                     functions_.memory(device, &memory) == kSuccess;
  return asked ? std::optional<std::uint64_t>(memory.free) : std::nullopt;
}

}  // namespace tandem
