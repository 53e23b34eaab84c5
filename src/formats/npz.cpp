// SPDX-License-Identifier: Apache-2.0
// Two readers put together: zip around, npy inside.
#include "formats/npz.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/npy.h"
#include "formats/zip_archive.h"

namespace tandem {
namespace {

constexpr std::string_view kSuffix = ".npy";
/// All arrays together, unpacked: a small archive can spell many times its size.
constexpr std::uint64_t kMaxBytes = std::uint64_t{8} << 30;

Result<Tensor> read_member(const ZipArchive& archive, const ZipMember& member) {
  if (!member.deflated) return read_npy(member.data);
  return read_npy(TRY(archive.read(member)));
}

}  // namespace

bool is_npz(std::span<const std::byte> file) {
  const auto archive = ZipArchive::open(file);
  return archive && !archive->members().empty() &&
         std::all_of(archive->members().begin(), archive->members().end(),
                     [](const ZipMember& member) { return member.name.ends_with(kSuffix); });
}

Result<std::vector<NamedTensor>> read_npz(std::span<const std::byte> file) {
  const ZipArchive archive = TRY(ZipArchive::open(file));
  std::vector<NamedTensor> tensors;
  std::uint64_t total = 0;
  for (const ZipMember& member : archive.members()) {
    if (!member.name.ends_with(kSuffix)) {
      return invalid_argument(fmt::format("npz: the member '{}' is no .npy file", member.name));
    }
    if (__builtin_add_overflow(total, member.size, &total) || total > kMaxBytes) {
      return fail(Code::kResourceExhausted, "npz: the arrays take more than 8 GiB");
    }
    auto tensor = read_member(archive, member);
    if (!tensor) return fail(tensor.error().with_context(member.name));
    tensors.push_back({member.name.substr(0, member.name.size() - kSuffix.size()), std::move(*tensor)});
  }
  if (tensors.empty()) return invalid_argument("npz: the archive holds no arrays");
  return tensors;
}

}  // namespace tandem
