// SPDX-License-Identifier: Apache-2.0
// NumPy's arrays and numbers as they stand in pickles.
//
// Source: numpy/_core/src/multiarray/methods.c, array_reduce and array_setstate; descriptor.c, arraydescr_reduce.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "core/tensor.h"
#include "formats/pickle.h"

namespace tandem {

/// The number of multiarray.scalar(dtype, bytes); nothing for what is no bool, integer or float.
std::optional<std::variant<bool, std::int64_t, double>> numpy_scalar(const PickleValue& dtype, std::string_view bytes);

/// The array of a call of multiarray._reconstruct or numeric._frombuffer; owns its memory.
/// Errors: invalid_argument, unimplemented (arrays of objects, dates, structures).
Result<Tensor> numpy_array(const PickleValue& call);

}  // namespace tandem
