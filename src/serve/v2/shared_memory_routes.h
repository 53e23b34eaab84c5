// SPDX-License-Identifier: Apache-2.0
// The shared memory extensions over HTTP: register, unregister, status.
#pragma once

#include <string_view>

#include "serve/http/router.h"
#include "serve/shared_memory/shared_memory_registry.h"

namespace tandem::serve {

/// Adds the calls below /v2/systemsharedmemory and /v2/cudasharedmemory. `registry` is null where the server has no
/// shared memory: then the calls say how to get it. There is no CUDA memory to share with: its registering fails, but
/// its unregistering and status work, for clients call them without asking.
void add_shared_memory_routes(Router& router, SharedMemoryRegistry* registry);

/// What registering CUDA memory answers.
Error no_cuda_memory();

/// The body of a register call. Errors: invalid_argument (the field, what was expected).
Result<SharedMemoryRegistration> read_registration(std::string_view name, std::string_view json);

}  // namespace tandem::serve
