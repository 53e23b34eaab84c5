// SPDX-License-Identifier: Apache-2.0
// CheckpointReport: what a checkpoint holds, the network it is of, and the code that it names.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "convert/networks/networks.h"
#include "formats/checkpoint.h"
#include "formats/pickle_report.h"

namespace tandem::convert {

struct CheckpointReport {
  Checkpoint checkpoint;  // of a file that cannot be read but names code: format and size only
  Recognition recognition;
  std::string not_convertible;  // why not, when the file cannot be read or its network does not fit; else empty
  std::vector<ForeignGlobal> foreign_code;  // the security report; nothing of it was run
};

/// Errors: those of reading the file, unless it names code: then that is what there is to say of it.
Result<CheckpointReport> inspect_checkpoint(const std::filesystem::path& file);

/// For each tensor the first one before it that lies in the same memory (tied weights); "" for all others.
std::vector<std::string> shared_with(const Checkpoint& checkpoint);

/// How many numbers the floating-point tensors hold.
std::size_t count_parameters(const Checkpoint& checkpoint);

/// One JSON document, ending in a line break.
/// most_tensors  so many of the tensors are listed
std::string checkpoint_as_json(const CheckpointReport& report, const std::filesystem::path& file,
                               std::size_t most_tensors = static_cast<std::size_t>(-1));

}  // namespace tandem::convert
