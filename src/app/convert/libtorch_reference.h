// SPDX-License-Identifier: Apache-2.0
// LibTorch as the reference of a conversion: it runs the TorchScript file that was converted, on the same inputs.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "convert/checked/model_check.h"
#include "engine/registry.h"

namespace tandem::app {

/// engines  outlive the result
/// names    of inputs, before and after the conversion, where they were changed (--name)
/// Errors: failed_precondition (the file is no TorchScript: why LibTorch cannot run it, and what can); unimplemented
/// (this build has no LibTorch).
Result<convert::Framework> libtorch_reference(const EngineRegistry& engines, const std::filesystem::path& model,
                                              const std::vector<std::pair<std::string, std::string>>& names);

}  // namespace tandem::app
