// SPDX-License-Identifier: Apache-2.0
// Which way a metric is better, told by the words of its name.
#pragma once

#include <string_view>

namespace tandem {

enum class Better {
  kSmaller,  // errors, times, sizes
  kLarger,   // accuracy, overlap, throughput
  kUnknown,  // counts, settings, and names without a word that says it
};

/// "cac_mae" is kSmaller, "artery_dice_mean" kLarger, "vein_visible_count" kUnknown. Words are separated by anything
/// but letters and digits; a word that means an error wins over one that means success ("top1_error").
Better better_direction(std::string_view metric);

}  // namespace tandem
