// SPDX-License-Identifier: Apache-2.0
// The classes of a neck's segmentation: values in masks, and indices of the models' outputs.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tandem::carotid {

inline constexpr std::uint8_t kBackground = 0;
inline constexpr std::uint8_t kArtery = 1;
inline constexpr std::uint8_t kVein = 2;
inline constexpr std::size_t kClassCount = 3;

}  // namespace tandem::carotid
