// SPDX-License-Identifier: Apache-2.0
// One line of a report on a model file: what it says, in columns.
#pragma once

#include <string_view>

namespace tandem::app {

/// Prints "key             value" to standard output; nothing when there is no value.
void print_row(std::string_view key, std::string_view value);

}  // namespace tandem::app
