// SPDX-License-Identifier: Apache-2.0
// The Python engine: the user's own model code, run in worker processes (docs/python-engine.md).
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "engine/engine.h"

namespace tandem {

struct PythonEngineOptions {
  std::string interpreter;    // a path, or a name in PATH; "": python3
  std::filesystem::path sdk;  // contains the package tandem_worker; empty: beside the program, else the sources
  std::chrono::milliseconds load_timeout{180'000};        // starting Python, importing, reading the checkpoint
  std::chrono::milliseconds run_timeout{60'000};          // one call of infer(); past it the worker is killed
  std::chrono::microseconds busy_poll{200};               // BusyPoll between Tandem and its workers
  std::size_t memory_limit_bytes = std::size_t{4} << 30;  // of one worker's inputs, and of its outputs
};

/// From TANDEM_PYTHON, TANDEM_PYTHON_SDK, TANDEM_PYTHON_TIMEOUT_S (of one run) and TANDEM_PYTHON_BUSY_POLL_US.
/// Errors: invalid_argument
Result<PythonEngineOptions> python_options_from_environment();

/// Never fails: where Python or NumPy is missing, or the options are wrong, available() says what to do. Nothing is
/// started until somebody asks.
std::unique_ptr<Engine> make_python_engine(Result<PythonEngineOptions> options);

}  // namespace tandem
