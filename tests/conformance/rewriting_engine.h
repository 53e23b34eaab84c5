// SPDX-License-Identifier: Apache-2.0
// RewritingEngine: an engine whose models pass through graph::Model first, so that every case also tests our reader,
// verifier and writer of ONNX.
#pragma once

#include <memory>

#include "engine/engine.h"

namespace tandem::conformance {

/// Loads with `inner` what write_onnx makes of what read_onnx read.
std::unique_ptr<Engine> make_rewriting_engine(std::unique_ptr<Engine> inner);

}  // namespace tandem::conformance
