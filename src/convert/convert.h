// SPDX-License-Identifier: Apache-2.0
// convert: recognizes the network of a checkpoint by its keys and writes it as ONNX (R0.5).
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"
#include "formats/checkpoint.h"

namespace tandem::convert {

/// What a checkpoint turns out to be, for `inspect`: name and facts; empty when no network is recognized.
struct Recognition {
  std::string network;
  std::vector<std::pair<std::string, std::string>> facts;
};
Result<Recognition> recognize(const Checkpoint& checkpoint, const ConvertOptions& options = {});

/// The tensors are borrowed from the checkpoint, which must outlive the conversion.
/// Errors: invalid_argument (a tensor that is missing or does not fit); unimplemented (a network that is not known,
/// naming those that are).
Result<Conversion> convert(const Checkpoint& checkpoint, const ConvertOptions& options = {});

}  // namespace tandem::convert
