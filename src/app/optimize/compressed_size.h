// SPDX-License-Identifier: Apache-2.0
// compressed_size: how small bytes become in an archive.
#pragma once

#include <cstdint>
#include <string_view>

namespace tandem::app {

/// Of zlib's best compression, which is that of .zip archives.
std::uint64_t compressed_size(std::string_view bytes);

}  // namespace tandem::app
