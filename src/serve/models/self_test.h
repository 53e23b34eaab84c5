// SPDX-License-Identifier: Apache-2.0
// The self-test: a model that is about to be served must answer as it did when it was found good.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "engine/engine.h"

namespace tandem::serve {

/// Runs the model on the golden vector in `golden` and compares.
/// returns  one sentence for the index: how far the answers are apart, or that there is no golden vector (empty path)
/// errors   failed_precondition (an output is too far off: which, by how much, where), those of reading the file and of
///          Session::run
Result<std::string> self_test(Session& session, const std::filesystem::path& golden);

}  // namespace tandem::serve
