// SPDX-License-Identifier: Apache-2.0
// Any bytes as a zip: every member lies inside the file, and what is inflated has the size that was told.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "formats/zip_archive.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto archive = tandem::ZipArchive::open(bytes, {1000, 1U << 20, 1U << 20, 64});
  if (!archive) return 0;
  for (const tandem::ZipMember& member : archive->members()) {
    const auto offset = member.data.data() - bytes.data();
    if (!member.data.empty() && (offset < 0 || static_cast<std::size_t>(offset) + member.data.size() > size)) {
      std::abort();
    }
    const auto content = archive->read(member);
    if (content && content->size() != member.size) std::abort();
  }
  return 0;
}
