// SPDX-License-Identifier: Apache-2.0
// Reads /proc/driver/nvidia/gpus/*/information (NVIDIA driver README, chapter "procfs interface"), and asks NVML.
#include "base/gpus.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "base/file.h"
#include "base/gpu_memory.h"

namespace tandem {
namespace {

/// What stands behind "Key:" in its line; "" when there is none.
std::string value_of(std::string_view information, std::string_view key) {
  const std::size_t at = information.find(key);
  if (at == std::string_view::npos) return "";
  std::string_view line = information.substr(at + key.size());
  line = line.substr(0, line.find('\n'));
  const std::size_t begin = line.find_first_not_of(" \t");
  return begin == std::string_view::npos ? "" : std::string(line.substr(begin));
}

Gpu read_card(const std::filesystem::path& card) {
  const std::string information = read_file(card / "information", 1 << 16).value_or("");
  Gpu gpu;
  gpu.model = value_of(information, "Model:");
  if (gpu.model.empty()) gpu.model = "NVIDIA GPU";
  gpu.uuid = value_of(information, "GPU UUID:");
  gpu.bus = card.filename().string();
  return gpu;
}

/// An index, or the begin of a UUID.
const Gpu* find_gpu(const std::vector<Gpu>& gpus, std::string_view entry) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(entry.data(), entry.data() + entry.size(), index);
  if (error == std::errc() && end == entry.data() + entry.size()) return index < gpus.size() ? &gpus[index] : nullptr;
  if (!entry.starts_with("GPU-")) return nullptr;
  const auto found = std::ranges::find_if(gpus, [&](const Gpu& gpu) { return gpu.uuid.starts_with(entry); });
  return found == gpus.end() ? nullptr : &*found;
}

}  // namespace

std::vector<Gpu> installed_gpus(const std::filesystem::path& driver) {
  std::error_code error;
  std::vector<std::filesystem::path> cards;
  std::filesystem::directory_iterator folder(driver / "gpus", error);
  for (; !error && folder != std::filesystem::directory_iterator(); folder.increment(error)) {
    cards.push_back(folder->path());
  }
  std::ranges::sort(cards);
  std::vector<Gpu> gpus;
  for (const auto& card : cards) gpus.push_back(read_card(card));
  return gpus;
}

std::vector<Gpu> visible_gpus(std::vector<Gpu> gpus, const char* visible_devices) {
  if (visible_devices == nullptr) return gpus;
  std::vector<Gpu> visible;
  std::string_view rest(visible_devices);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const Gpu* gpu = find_gpu(gpus, rest.substr(0, comma));
    if (gpu == nullptr) break;
    visible.push_back(*gpu);
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
  }
  return visible;
}

std::vector<Gpu> usable_gpus() {
  std::vector<Gpu> gpus = visible_gpus(installed_gpus(), std::getenv("CUDA_VISIBLE_DEVICES"));
  if (gpus.empty()) return gpus;
  const auto memory = GpuMemory::open();
  if (!memory) return gpus;
  for (Gpu& gpu : gpus) gpu.free_bytes = memory->free_bytes(gpu.uuid);
  return gpus;
}

Result<std::size_t> choose_gpu(std::span<const Gpu> gpus, int wanted) {
  if (wanted >= 0 && static_cast<std::size_t>(wanted) < gpus.size()) return static_cast<std::size_t>(wanted);
  if (gpus.empty() || wanted >= 0) {
    return not_found("GPU " + std::to_string(std::max(wanted, 0)) + " does not exist; this process can use " +
                     std::to_string(gpus.size()) + " GPUs, counted from 0");
  }
  const auto freest = std::ranges::max_element(gpus, {}, [](const Gpu& gpu) { return gpu.free_bytes.value_or(0); });
  return static_cast<std::size_t>(freest - gpus.begin());
}

}  // namespace tandem
