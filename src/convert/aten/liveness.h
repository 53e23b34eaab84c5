// SPDX-License-Identifier: Apache-2.0
// Which calls of a program its outputs depend on: the others (assertions, sizes nobody uses) are not lowered.
#pragma once

#include <vector>

#include "convert/aten/call.h"

namespace tandem::convert::aten {

/// relu_, but not __and__.
bool is_in_place(const Call& call);

/// One a call. A call that writes in place counts as needed.
std::vector<bool> needed_calls(const Program& program);

}  // namespace tandem::convert::aten
