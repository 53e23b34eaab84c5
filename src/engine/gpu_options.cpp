// SPDX-License-Identifier: Apache-2.0
// Text into GpuOptions.
#include "engine/gpu_options.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

namespace tandem {
namespace {

constexpr std::uint64_t kMostMegabytes = std::uint64_t{1} << 24;  // 16 TB
constexpr std::uint64_t kMostGpus = 64;

std::optional<std::uint64_t> number_up_to(std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

Status wrong_value(std::string_view key, std::string_view expected, std::string_view got) {
  return invalid_argument(fmt::format("gpu: {}: expected {}, got '{}'", key, expected, got.substr(0, 100)));
}

}  // namespace

std::string_view gpu_arena_name(GpuArena arena) {
  return arena == GpuArena::kPowersOfTwo ? "powers_of_two" : "as_requested";
}

std::string_view cudnn_search_name(CudnnSearch search) {
  switch (search) {
    case CudnnSearch::kExhaustive: return "exhaustive";
    case CudnnSearch::kHeuristic: return "heuristic";
    case CudnnSearch::kDefault: return "default";
  }
  return "exhaustive";
}

Status set_device(std::string_view text, SessionOptions& options) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const bool tensorrt = name == "tensorrt";
  const auto device = parse_device(tensorrt ? "cuda" : name);
  std::optional<std::uint64_t> id;
  if (colon != std::string_view::npos) id = number_up_to(text.substr(colon + 1), kMostGpus - 1);
  const bool numbered = colon != std::string_view::npos;
  if (!device || (numbered && (!id || *device != Device::kCuda))) {
    return invalid_argument(
        fmt::format("device: expected auto, cpu, cuda or tensorrt, the last two with the number of a GPU where there "
                    "are several (cuda:1), got '{}'",
                    text.substr(0, 100)));
  }
  options.device = *device;
  options.gpu.tensorrt = tensorrt;
  options.device_id = id ? static_cast<int>(*id) : kFreestGpu;
  return {};
}

Status set_gpu_option(std::string_view text, GpuOptions& options) {
  const std::size_t equals = text.find('=');
  const std::string_view key = text.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? "" : text.substr(equals + 1);
  if (key == "memory_limit_mb") {
    const auto limit = number_up_to(value, kMostMegabytes);
    if (!limit) return wrong_value(key, "megabytes, 0 for no limit", value);
    options.memory_limit_mb = *limit;
    return {};
  }
  if (key == "arena") {
    for (const GpuArena arena : {GpuArena::kPowersOfTwo, GpuArena::kAsRequested}) {
      if (gpu_arena_name(arena) != value) continue;
      options.arena = arena;
      return {};
    }
    return wrong_value(key, "powers_of_two or as_requested", value);
  }
  if (key == "cudnn_search") {
    for (const CudnnSearch search : {CudnnSearch::kExhaustive, CudnnSearch::kHeuristic, CudnnSearch::kDefault}) {
      if (cudnn_search_name(search) != value) continue;
      options.cudnn_search = search;
      return {};
    }
    return wrong_value(key, "exhaustive, heuristic or default", value);
  }
  if (key == "tensorrt_cache") {
    if (value.empty()) return wrong_value(key, "a folder", value);
    options.tensorrt_cache = std::string(value);
    return {};
  }
  return invalid_argument(fmt::format(
      "gpu: there is no setting '{}'; there are memory_limit_mb, arena, cudnn_search and tensorrt_cache, as "
      "in memory_limit_mb=4096",
      key.substr(0, 100)));
}

}  // namespace tandem
