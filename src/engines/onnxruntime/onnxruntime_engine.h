// SPDX-License-Identifier: Apache-2.0
// The default engine: ONNX Runtime, opened when it is first asked for.
#pragma once

#include <memory>

#include "engine/engine.h"

namespace tandem {

/// Never fails: where the library is missing, available() says how to get it. The library is searched for in this
/// order: the file named by TANDEM_ONNXRUNTIME, beside the program (../lib, .), where CMake found it, the loader's own
/// places. Switches ONNX Runtime's telemetry off (and sets ORT_DISABLE_TELEMETRY=1); call before other threads exist.
std::unique_ptr<Engine> make_onnxruntime_engine();

}  // namespace tandem
