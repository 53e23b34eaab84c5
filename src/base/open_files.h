// SPDX-License-Identifier: Apache-2.0
// How many files and sockets this process may have open.
#pragma once

#include <cstddef>

namespace tandem {

/// Raises the limit to the highest that this process may set by itself; returns what holds then. Programs that wait
/// with select() must not call it.
std::size_t raise_open_file_limit();

}  // namespace tandem
