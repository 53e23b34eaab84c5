// SPDX-License-Identifier: Apache-2.0
// The networks that a state dict is recognized as, by its keys and shapes, and converted (R0.5).
#pragma once

#include <span>
#include <string>

#include "base/error.h"
#include "convert/conversion.h"
#include "convert/networks/network.h"
#include "formats/checkpoint.h"

namespace tandem::convert {

/// In the order in which they are asked.
std::span<const Network* const> networks();

/// What a checkpoint turns out to be, for `inspect`: name and facts; empty when no network is recognized.
struct Recognition {
  std::string network;
  Facts facts;
};
Result<Recognition> recognize(const Checkpoint& checkpoint, const ConvertOptions& options = {});

/// The tensors are borrowed from the checkpoint, which must outlive the conversion.
/// Errors: invalid_argument (a tensor that does not fit; all that are missing and all that are not needed, unless
/// options.allow_missing; an options.arch that is not known); unimplemented (a network that is not known, naming those
/// that are).
Result<Conversion> convert_state_dict(const Checkpoint& checkpoint, const ConvertOptions& options = {});

}  // namespace tandem::convert
