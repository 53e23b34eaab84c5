// SPDX-License-Identifier: Apache-2.0
// NpyHeader: what stands before the elements of a .npy file; parsed as data, never evaluated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "core/shape.h"

namespace tandem {

struct NpyHeader {
  std::string descr;  // "<f4"
  bool fortran_order = false;
  Shape shape;
  std::size_t data_offset = 0;  // in the file

  friend bool operator==(const NpyHeader&, const NpyHeader&) = default;
};

/// Errors: invalid_argument; unimplemented for structured types.
Result<NpyHeader> read_npy_header(std::span<const std::byte> file);

/// The bytes before the elements, version 1.0, padded with spaces to a multiple of 64 as NumPy pads.
/// Errors: invalid_argument when the shape does not fit into a version 1.0 header.
Result<std::string> write_npy_header(std::string_view descr, const Shape& shape);

}  // namespace tandem
