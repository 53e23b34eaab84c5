// SPDX-License-Identifier: Apache-2.0
// Writes through views: what a tensor holds after one of its views was written.
#pragma once

#include <cstddef>
#include <string>

#include "convert/aten/operation.h"

namespace tandem::convert::aten {

/// view     the call that made the view, of which `output` was written
/// base     what the tensor behind the view held before
/// written  what the view holds now
/// returns  the value that the tensor holds now
/// Errors: unimplemented (a view of a kind that cannot be written through).
Result<std::string> write_through(Operation& view, std::size_t output, const Value& base, const std::string& written);

}  // namespace tandem::convert::aten
