// SPDX-License-Identifier: Apache-2.0
// What OpenVINO would cut off from inputs without a word.
#pragma once

#include <string_view>

#include "base/error.h"
#include "core/tensor.h"

namespace tandem::openvino {

/// OpenVINO's CPU device computes 64-bit integers with 32 bits: 5000000000 becomes 705032704.
/// Errors: invalid_argument (an int64 or uint64 tensor with an element that is no int32), with the element.
Status check_fits_32_bits(std::string_view name, const Tensor& tensor);

}  // namespace tandem::openvino
