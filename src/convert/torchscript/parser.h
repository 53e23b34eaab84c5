// SPDX-License-Identifier: Apache-2.0
// parse_source: the text of one file of TorchScript code becomes its syntax tree.
#pragma once

#include <string_view>

#include "base/error.h"
#include "convert/torchscript/syntax.h"

namespace tandem::convert::torchscript {

/// Errors: invalid_argument with the line (what was expected, what stands there, nesting deeper than 200), and those of
/// tokenize.
Result<Source> parse_source(std::string_view code);

}  // namespace tandem::convert::torchscript
