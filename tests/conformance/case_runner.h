// SPDX-License-Identifier: Apache-2.0
// Runs one case folder of ONNX's backend tests on one engine.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "engine/engine.h"

namespace tandem::conformance {

/// Loads `folder`/model.onnx and runs every test_data_set_*, twice: outputs allocated by the engine, and given by the
/// caller. The error says what went wrong: loading, reading the data (sequences and optionals are not read), running or
/// comparing.
Status run_case(Engine& engine, const std::filesystem::path& folder);

}  // namespace tandem::conformance
