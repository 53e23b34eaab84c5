// SPDX-License-Identifier: Apache-2.0
// Reads /proc/driver/nvidia/gpus/*/information (NVIDIA driver README, chapter "procfs interface").
#include "engines/onnxruntime/gpus.h"

#include <algorithm>
#include <string_view>
#include <system_error>

#include "base/file.h"

namespace tandem::onnxruntime {
namespace {

std::string model_of(std::string_view information) {
  constexpr std::string_view kKey = "Model:";
  const std::size_t key = information.find(kKey);
  if (key == std::string_view::npos) return "NVIDIA GPU";
  std::string_view line = information.substr(key + kKey.size());
  line = line.substr(0, line.find('\n'));
  const std::size_t begin = line.find_first_not_of(" \t");
  return begin == std::string_view::npos ? "NVIDIA GPU" : std::string(line.substr(begin));
}

}  // namespace

std::vector<std::string> nvidia_gpus(const std::filesystem::path& driver) {
  std::error_code error;
  std::vector<std::filesystem::path> cards;
  std::filesystem::directory_iterator folder(driver / "gpus", error);
  for (; !error && folder != std::filesystem::directory_iterator(); folder.increment(error)) {
    cards.push_back(folder->path());
  }
  std::sort(cards.begin(), cards.end());
  std::vector<std::string> models;
  for (const auto& card : cards) {
    const auto information = read_file(card / "information", 1 << 16);
    models.push_back(information ? model_of(*information) : "NVIDIA GPU");
  }
  return models;
}

}  // namespace tandem::onnxruntime
