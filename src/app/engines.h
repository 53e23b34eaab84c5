// SPDX-License-Identifier: Apache-2.0
// The engines of this program: the one place that names them.
#pragma once

#include "engine/registry.h"

namespace tandem::app {

/// Every engine that is built in, the default one first. Call before other threads exist.
EngineRegistry make_engines();

}  // namespace tandem::app
