// SPDX-License-Identifier: Apache-2.0
// How much memory of the NVIDIA GPUs is in use, as their driver counts it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace tandem {

/// Asks the driver's library for management (NVML), which comes with every driver. Thread-safe.
class GpuMemory final {
 public:
  /// The library stays open for the whole process. Nothing where there is no driver, or no GPU.
  static std::optional<GpuMemory> open(const std::filesystem::path& library = "libnvidia-ml.so.1");

  /// Bytes in use on all GPUs, by all programs: inside of a container the driver does not say whose they are. Nothing
  /// when the driver does not answer.
  std::optional<std::uint64_t> bytes_in_use() const;

  /// Bytes that nobody uses on the GPU with that UUID ("GPU-..."). Nothing when the driver does not answer, or does not
  /// let this process use it.
  std::optional<std::uint64_t> free_bytes(const std::string& uuid) const;

 private:
  using Device = void*;
  struct Memory;
  struct Functions {
    int (*count)(unsigned*) = nullptr;
    int (*device)(unsigned, Device*) = nullptr;
    int (*memory)(Device, Memory*) = nullptr;
    int (*by_uuid)(const char*, Device*) = nullptr;  // may be missing
  };
  explicit GpuMemory(const Functions& functions) : functions_(functions) {}

  Functions functions_;
};

}  // namespace tandem
