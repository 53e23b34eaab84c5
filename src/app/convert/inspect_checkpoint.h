// SPDX-License-Identifier: Apache-2.0
// What `tandem inspect` says of a checkpoint: its tensors, the network it is of, and the code that it names.
#pragma once

#include <filesystem>

#include "convert/importer/checkpoint_report.h"

namespace tandem::app {

void print_checkpoint(const convert::CheckpointReport& report, const std::filesystem::path& file);

}  // namespace tandem::app
