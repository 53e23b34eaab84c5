// SPDX-License-Identifier: Apache-2.0
// The files of proto/ as the build has compiled them (cmake/TandemDescriptors.cmake).
#pragma once

#include <cstddef>
#include <span>

namespace tandem::serve {

/// A google.protobuf.FileDescriptorSet with every service that the server has. Lives as long as the program.
std::span<const std::byte> descriptor_set();

}  // namespace tandem::serve
