// SPDX-License-Identifier: Apache-2.0
// Keys take 16 columns.
#include "app/convert/fact_row.h"

#include <fmt/format.h>

namespace tandem::app {

void print_row(std::string_view key, std::string_view value) {
  if (!value.empty()) fmt::print("{:<16}{}\n", key, value);
}

}  // namespace tandem::app
