// SPDX-License-Identifier: Apache-2.0
// Which NVIDIA GPUs this machine has, as the kernel driver tells; no CUDA library is needed to ask.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tandem::onnxruntime {

/// The models ("NVIDIA H200") in the order of the PCI bus; empty where the driver is not loaded.
std::vector<std::string> nvidia_gpus(const std::filesystem::path& driver = "/proc/driver/nvidia");

}  // namespace tandem::onnxruntime
