// SPDX-License-Identifier: Apache-2.0
// A handful of specs, looked through one after the other.
#include "core/spec_list.h"

#include <algorithm>

namespace tandem {

std::optional<std::size_t> find_spec(std::span<const TensorSpec> specs, std::string_view name) {
  const auto found =
      std::find_if(specs.begin(), specs.end(), [&](const TensorSpec& spec) { return spec.name == name; });
  if (found == specs.end()) return std::nullopt;
  return static_cast<std::size_t>(found - specs.begin());
}

std::string names_of(std::span<const TensorSpec> specs) {
  std::string names;
  for (const TensorSpec& spec : specs) {
    if (!names.empty()) names += ", ";
    names += spec.name;
  }
  return names;
}

}  // namespace tandem
