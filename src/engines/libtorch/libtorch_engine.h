// SPDX-License-Identifier: Apache-2.0
// LibTorch as an engine: TorchScript files on CPUs, and on NVIDIA GPUs where it was built for them; its libraries are
// opened when the first model is loaded.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "engine/engine.h"

namespace tandem {

/// Never fails: where tandem_libtorch.so is missing, available() says how to get it. available() and version() look
/// whether that file is there and open nothing.
std::unique_ptr<Engine> make_libtorch_engine();
/// The same with other places for tandem_libtorch.so, the first one first.
std::unique_ptr<Engine> make_libtorch_engine(std::vector<std::filesystem::path> places);

}  // namespace tandem
