// SPDX-License-Identifier: Apache-2.0
// What `tandem inspect` says of a checkpoint: its tensors, the network it is of, and the code that it names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "convert/convert.h"
#include "formats/checkpoint.h"

namespace tandem::app {

struct CheckpointReport {
  Checkpoint checkpoint;
  convert::Recognition recognition;
  std::string not_convertible;  // why not, when the network is known but does not fit; else empty
};

/// Errors: those of reading the file.
Result<CheckpointReport> inspect_checkpoint(const std::filesystem::path& file);

void print_checkpoint(const CheckpointReport& report, const std::filesystem::path& file);
/// One JSON document, ending in a line break.
std::string checkpoint_as_json(const CheckpointReport& report, const std::filesystem::path& file);

}  // namespace tandem::app
