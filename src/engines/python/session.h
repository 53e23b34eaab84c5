// SPDX-License-Identifier: Apache-2.0
// A loaded Python model: its workers, and whose turn it is.
#pragma once

#include <memory>

#include "base/clock.h"
#include "engine/engine.h"
#include "engines/python/worker.h"

namespace tandem::python {

/// Starts `instances` workers, one after the other; of a model with stages, so many times those of each stage. All must
/// load. clock  outlives the session
/// Errors: those of Worker::start
Result<std::unique_ptr<Session>> make_session(const WorkerOptions& options, int instances, const Clock& clock);

}  // namespace tandem::python
