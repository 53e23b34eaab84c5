// SPDX-License-Identifier: Apache-2.0
// A loaded TorchScript network behind Session.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/engine_library.h"

namespace torch::jit {
struct Module;
}

namespace tandem::libtorch {

struct SessionFacts {
  EngineLibraryModel model;  // its bytes are not looked at any more
  std::vector<InputHint> hints;
  std::string description;
  EngineLibraryLog write_log = nullptr;
  int threads = 1;
  int gpu = -1;  // -1: the CPU
};

/// Tries the network, which is on its device already, to learn what it returns. May throw what LibTorch throws.
/// Errors: invalid_argument (an input's shape is not known; the network takes none of the trials), unimplemented
/// (arguments or results that are no tensors)
Result<std::unique_ptr<Session>> make_session(const torch::jit::Module& network, SessionFacts facts);

}  // namespace tandem::libtorch
