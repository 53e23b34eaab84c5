// SPDX-License-Identifier: Apache-2.0
// Models have few tensors, so a walk is the fastest look-up.
#include "serve/v2/spec_look_up.h"

namespace tandem::serve {

Result<std::size_t> find_spec(const std::vector<TensorSpec>& specs, std::string_view name, std::string_view kind) {
  if (const auto found = tandem::find_spec(specs, name)) return *found;
  return invalid_argument(std::string(kind) + " '" + std::string(name) +
                          "' is not one of the model's: " + names_of(specs));
}

}  // namespace tandem::serve
