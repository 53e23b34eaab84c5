// SPDX-License-Identifier: Apache-2.0
// An entry is "TANDEMO1", the 32 hex digits of the content's hash, and the optimized ONNX model.
#include "engines/onnxruntime/optimized_model_cache.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "base/cpu.h"
#include "base/file.h"

namespace tandem::onnxruntime {
namespace {

__extension__ using Uint128 = unsigned __int128;

constexpr std::string_view kMagic = "TANDEMO1";
constexpr std::size_t kHashDigits = 32;
constexpr std::size_t kHeadBytes = kMagic.size() + kHashDigits;

}  // namespace

std::string content_hash(std::span<const std::byte> bytes) {
  // Offset basis and prime of FNV-1a for 128 bits (draft-eastlake-fnv).
  Uint128 hash = Uint128{0x6c62272e07bb0142U} << 64U | 0x62b821756295c58dU;
  const Uint128 prime = Uint128{1} << 88U | 0x13bU;
  const auto add = [&](std::uint64_t word) {
    hash = (hash ^ word) * prime;
    hash ^= hash >> 67U;  // words are wider than FNV's bytes: bring the high bits down
  };
  std::size_t at = 0;
  std::uint64_t word = 0;
  for (; at + sizeof(word) <= bytes.size(); at += sizeof(word)) {
    std::memcpy(&word, bytes.data() + at, sizeof(word));
    add(word);
  }
  word = 0;
  if (at < bytes.size()) std::memcpy(&word, bytes.data() + at, bytes.size() - at);
  add(word);
  add(bytes.size());
  return fmt::format("{:016x}{:016x}", static_cast<std::uint64_t>(hash >> 64U), static_cast<std::uint64_t>(hash));
}

OptimizedModelEntry::OptimizedModelEntry(const std::filesystem::path& folder, std::span<const std::byte> model,
                                         std::string_view context) {
  const CpuInfo cpu = cpu_info();
  std::string key = fmt::format("{}|{}|{}|{}", content_hash(model), context, cpu.architecture, cpu.model);
  for (const auto& feature : cpu.features) key += "|" + feature;
  path_ = folder / (content_hash(std::as_bytes(std::span(key))) + ".optimized");
}

std::filesystem::path OptimizedModelEntry::scratch() const {
  static std::atomic<unsigned> count{0};
  auto name = path_;
  name += fmt::format(".{}.{}.onnx", ::getpid(), count.fetch_add(1));
  return name;
}

Result<std::vector<std::byte>> OptimizedModelEntry::read() const {
  const MappedFile file = TRY(MappedFile::open(path_));
  const auto bytes = file.bytes();
  const std::string_view text = as_text(bytes);
  if (bytes.size() <= kHeadBytes || !text.starts_with(kMagic) ||
      text.substr(kMagic.size(), kHashDigits) != content_hash(bytes.subspan(kHeadBytes))) {
    return fail(Code::kDataLoss, fmt::format("{}: is damaged", path_.string()));
  }
  return std::vector<std::byte>(bytes.begin() + kHeadBytes, bytes.end());
}

Status OptimizedModelEntry::write(std::span<const std::byte> optimized) const {
  std::string entry;
  entry.reserve(kHeadBytes + optimized.size());
  entry.append(kMagic).append(content_hash(optimized));
  entry.append(as_text(optimized));
  return write_file_atomic(path_, entry);
}

}  // namespace tandem::onnxruntime
