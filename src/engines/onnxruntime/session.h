// SPDX-License-Identifier: Apache-2.0
// OnnxRuntimeSession: one loaded model.
#pragma once

#include <memory>
#include <string>

#include "engine/engine.h"
#include "engines/onnxruntime/runtime.h"

struct OrtSession;

namespace tandem::onnxruntime {

/// A Session over a loaded OrtSession; each of its runs keeps `cores` busy. `runtime` must outlive it.
std::unique_ptr<Session> make_session(const Runtime& runtime, Handle<OrtSession> session, ModelInfo info,
                                      std::string description, int cores);

}  // namespace tandem::onnxruntime
