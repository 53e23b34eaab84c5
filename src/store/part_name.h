// SPDX-License-Identifier: Apache-2.0
// part_name: what the models are called that together are one network.
#pragma once

#include <string>
#include <string_view>

namespace tandem {

/// The part goes behind the architecture of a store's name, or else behind the whole name; an empty part changes
/// nothing: caption_net_scenes_20261121 and "step" give caption_net-step_scenes_20261121.
std::string part_name(std::string_view name, std::string_view part);

}  // namespace tandem
