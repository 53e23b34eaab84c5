// SPDX-License-Identifier: Apache-2.0
// The user's own Python as the reference of a conversion: the framework loads the file and answers to the same inputs.
#pragma once

#include <filesystem>

#include "app/convert/interruption.h"
#include "base/error.h"
#include "convert/checked/model_check.h"

namespace tandem::app {

/// Asks TANDEM_PYTHON (else python3), which needs NumPy and the framework of the file. The framework may run what the
/// file says; Tandem itself does not.
/// Errors: failed_precondition (the file is a state dict, which holds no network to run); unavailable (no interpreter,
/// or without the framework), with what to do.
/// interruption  held when the framework is asked, whose interpreter it ends; outlives the result
Result<convert::Framework> python_reference(const std::filesystem::path& model, Interruption& interruption);

}  // namespace tandem::app
