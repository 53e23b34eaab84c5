// SPDX-License-Identifier: Apache-2.0
// with_float_edges: a model with float16 inputs and outputs, used as if they were float32.
#pragma once

#include <memory>

#include "engine/engine.h"

namespace tandem::app {

/// The session itself where it has no float16 edges; else one that converts on the way in and out, as its callers
/// would. Its outputs are always new tensors.
std::unique_ptr<Session> with_float_edges(std::unique_ptr<Session> session);

}  // namespace tandem::app
