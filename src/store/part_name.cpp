// SPDX-License-Identifier: Apache-2.0
// The parsed name keeps its four fields, so the result is a store's name again.
#include "store/part_name.h"

#include <fmt/format.h>

#include "store/store.h"

namespace tandem {

std::string part_name(std::string_view name, std::string_view part) {
  if (part.empty()) return std::string(name);
  auto parsed = ModelName::parse(name);
  if (!parsed) return fmt::format("{}-{}", name, part);
  parsed->architecture += fmt::format("-{}", part);
  return parsed->text();
}

}  // namespace tandem
