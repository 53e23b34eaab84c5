// SPDX-License-Identifier: Apache-2.0
// Models have few tensors, so a walk is the fastest look-up.
#include "serve/v2/spec_look_up.h"

namespace tandem::serve {

std::string names_of(const std::vector<TensorSpec>& specs) {
  std::string names;
  for (const TensorSpec& spec : specs) {
    if (!names.empty()) names += ", ";
    names += spec.name;
  }
  return names;
}

Result<std::size_t> find_spec(const std::vector<TensorSpec>& specs, std::string_view name, std::string_view kind) {
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].name == name) return i;
  }
  return invalid_argument(std::string(kind) + " '" + std::string(name) +
                          "' is not one of the model's: " + names_of(specs));
}

}  // namespace tandem::serve
