// SPDX-License-Identifier: Apache-2.0
// Whether an Image is what its fields say; asked wherever one comes from outside the module.
#pragma once

#include "base/error.h"
#include "vision/image.h"

namespace tandem {

/// Sides from 1 to kMaxImageSide, 1 or 3 channels, and as many bytes as these need. Errors: invalid_argument.
Status check_image(const Image& image);

}  // namespace tandem
