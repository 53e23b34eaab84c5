// SPDX-License-Identifier: Apache-2.0
// What Tandem reads of a TorchScript file before LibTorch sees it.
#pragma once

#include <cstddef>
#include <span>

#include "base/error.h"
#include "engine/engine_library.h"

namespace tandem::libtorch {

/// The file's archive, pickles included, is read as data; what is damaged or no TorchScript is refused here. The info's
/// inputs are those of the trace, nameless; none when the file does not say.
/// Errors: invalid_argument (no TorchScript: what it is, and what to do with it; or what is wrong with it),
/// unimplemented (PyTorch 1.0 to 1.3), resource_exhausted.
Result<EngineLibraryModel> read_script_file(std::span<const std::byte> file);

/// Whether the bytes are an archive of torch.jit.save.
bool is_script(std::span<const std::byte> file);

}  // namespace tandem::libtorch
