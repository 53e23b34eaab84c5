// SPDX-License-Identifier: Apache-2.0
// .npy, NumPy's array file (format versions 1.0 to 3.0), to and from Tensor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "core/tensor.h"
#include "formats/npy_header.h"

namespace tandem {

struct NpyLimits {
  /// A one-byte string of the file takes 32 bytes and more in memory.
  std::uint64_t max_strings = std::uint64_t{1} << 20;
};

/// Reads one whole array; `bytes` is not needed after return. Big-endian elements are swapped, Fortran order becomes
/// C order, |S and <U become strings (UTF-8, trailing NULs cut, as NumPy does).
/// errors: invalid_argument (not .npy, a header that is not a plain dict of descr, fortran_order and shape, a length
/// that is not exactly what the header says, object arrays), unimplemented (dates, structures, types without a DType),
/// resource_exhausted (too many strings, no memory)
Result<Tensor> read_npy(std::span<const std::byte> bytes, const NpyLimits& limits = {});

/// The elements alone, for which another format says what `header` holds; header.data_offset is not looked at.
Result<Tensor> read_npy_elements(const NpyHeader& header, std::span<const std::byte> data,
                                 const NpyLimits& limits = {});

/// The file, byte for byte as numpy.save writes it for the same array (version 1.0, little-endian, C order).
/// errors: unimplemented (bfloat16, float8 and 4-bit types, which NumPy has not), invalid_argument (an empty tensor,
/// a string that is no UTF-8 or ends in NUL), resource_exhausted
Result<std::vector<std::byte>> write_npy(const Tensor& tensor);

}  // namespace tandem
