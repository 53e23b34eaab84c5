// SPDX-License-Identifier: Apache-2.0
// forget_pages: memory of a mapped file goes back to the system before the mapping ends.
#pragma once

#include <cstddef>
#include <span>

#include "base/file.h"

namespace tandem {

/// The whole pages of `bytes` leave this process's memory; whoever looks at them again reads them from the file, or
/// from the system's cache of it. Bytes outside of the file's are left alone.
void forget_pages(const MappedFile& file, std::span<const std::byte> bytes);

}  // namespace tandem
