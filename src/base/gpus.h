// SPDX-License-Identifier: Apache-2.0
// Which NVIDIA GPUs this machine has and how much memory each has free; no CUDA library is needed to ask.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace tandem {

struct Gpu {
  std::string model;                        // "NVIDIA H200"
  std::string bus;                          // "0000:1b:00.0"
  std::string uuid;                         // "GPU-..."; "" when the driver does not say
  std::optional<std::uint64_t> free_bytes;  // nothing when the driver does not say
};

/// As the kernel's driver tells, in the order of the PCI bus; empty where it is not loaded. Memory is not asked for.
std::vector<Gpu> installed_gpus(const std::filesystem::path& driver = "/proc/driver/nvidia");

/// Those that CUDA_VISIBLE_DEVICES leaves, in its order; all when it is null. As CUDA does, it stops at the first entry
/// that is no GPU.
std::vector<Gpu> visible_gpus(std::vector<Gpu> gpus, const char* visible_devices);

/// installed_gpus that are visible to this process, with their memory where NVML tells. CUDA counts them in the same
/// order where CUDA_DEVICE_ORDER is PCI_BUS_ID.
std::vector<Gpu> usable_gpus();

/// The index of GPU number `wanted`; -1 stands for the one that has the most memory free, the first of equals.
/// Errors: not_found, with how many there are.
Result<std::size_t> choose_gpu(std::span<const Gpu> gpus, int wanted);

}  // namespace tandem
