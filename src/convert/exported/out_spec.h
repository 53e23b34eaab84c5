// SPDX-License-Identifier: Apache-2.0
// Names of a network's outputs, from the tree of tuples and dicts that its forward() returns.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::convert::exported {

/// Tensors that one program may take or give.
inline constexpr std::size_t kMostLeaves = 4096;

/// One name a leaf, in order: the keys of dicts and the positions in tuples and lists, joined by "_"; one leaf without
/// a key is "output". Nothing when the text is not understood. spec  "[1, {\"type\": \"builtins.dict\", \"context\":
/// \"[\\\"logits\\\"]\", \"children_spec\": [...]}]"
std::optional<std::vector<std::string>> output_names(std::string_view spec);

}  // namespace tandem::convert::exported
