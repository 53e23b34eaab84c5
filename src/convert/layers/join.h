// SPDX-License-Identifier: Apache-2.0
// Sums, concatenations, and the ways between images, tokens and rows.
#pragma once

#include <span>
#include <string>

#include "convert/layers/feature.h"

namespace tandem::convert {

/// Errors: invalid_argument (the two are not of one size).
Result<Feature> add(Build build, const Feature& left, const Feature& right, const std::string& path);

/// One after the other along the channels. Errors: invalid_argument (none, or another height or width).
Result<Feature> concat(Build build, std::span<const Feature> inputs, const std::string& path);

struct ChannelRange {
  std::int64_t begin = 0;
  std::int64_t count = 0;
};
/// Those channels only. Needs a range inside.
Feature slice_channels(Build build, const Feature& input, ChannelRange range, const std::string& path);

/// float32 [batch, channels * height * width]
std::string flatten(Build build, const Feature& input, const std::string& path);

/// float32 [batch, height * width, channels], row by row, and back.
std::string as_tokens(Build build, const Feature& input, const std::string& path);
Feature as_image(Build build, const std::string& tokens, const Feature& size, const std::string& path);

/// Any order of a value's axes.
std::string transpose(Build build, const std::string& input, std::vector<std::int64_t> order, const std::string& path);
/// Sizes; 0 keeps the input's, -1 is what remains.
std::string reshape(Build build, const std::string& input, std::vector<std::int64_t> sizes, const std::string& path);

}  // namespace tandem::convert
