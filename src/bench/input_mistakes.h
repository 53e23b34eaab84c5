// SPDX-License-Identifier: Apache-2.0
// The usual mistakes of preparing images, tried where two models answer differently.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/side.h"

namespace tandem::bench {

/// What must be done to the inputs of `other` so that it answers as `reference` does: "its channels stand in the other
/// order (RGB and BGR)". Nothing when nothing of what is tried helps, or no input looks like a picture of three
/// channels. Both sides are prepared already, and `other` is prepared anew.
/// set  one of the sets that `reference` was prepared with: the first
/// Errors: those of running either
Result<std::optional<std::string>> find_input_mistake(Side& reference, Side& other, const std::vector<Tensor>& set,
                                                      double tolerance);

}  // namespace tandem::bench
