// SPDX-License-Identifier: Apache-2.0
// The image of a JSON request in each form a caller may send it: base64, data URL, nested numbers, flat numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "vision/image.h"
#include "vision/preprocess.h"

namespace tandem::serve {

/// Numbers as they stood in the request: [H][W], [H][W][1], [H][W][3], or flat.
struct NumberImage {
  std::vector<std::int64_t> dims;  // 1 to 3
  std::vector<float> values;       // as many as the product of dims
};

/// The bytes behind base64 text or behind a data URL ("data:image/png;base64,..."); white space in it is skipped.
/// Errors: invalid_argument.
Result<std::vector<std::byte>> decode_image_text(std::string_view text);

/// Values of 0..1 (none is larger than 1) are scaled by 255, others are taken as 0..255. Flat numbers are rows of
/// pixels of the model's own input size, gray or RGB. Errors: invalid_argument: a form or a value that is none of
/// these.
Result<Image> image_from_numbers(const NumberImage& numbers, const ImagePreprocess& model_input);

}  // namespace tandem::serve
