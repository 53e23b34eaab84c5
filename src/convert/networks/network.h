// SPDX-License-Identifier: Apache-2.0
// Network: a family of networks that a state dict can be of: how it is recognized and how it becomes ONNX.
//
// A new one is a file that defines `const Network kName` and a line in list.h (docs/add-a-network.md).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"
#include "convert/weights.h"
#include "formats/checkpoint.h"

namespace tandem::convert {

/// What was read from shapes, for people, in the order of reading: {"layers", "12"}.
using Facts = std::vector<std::pair<std::string, std::string>>;

struct Network {
  std::string_view name;  // as it is published: "TransUNet"
  std::string_view arch;  // as --arch names it: "transunet"

  /// Whether the keys and shapes are of this family; cheap, and false for every other family.
  bool (*matches)(const Weights& weights);

  /// The configuration that the shapes tell. Errors: invalid_argument naming the tensor that does not fit.
  Result<Facts> (*facts)(const Weights& weights, const ConvertOptions& options);

  /// Builds task, facts and models; takes from `weights` every tensor that the models need.
  /// Errors: those of facts; unimplemented (a variant of the family, naming it).
  Result<Conversion> (*convert)(Weights& weights, const ConvertOptions& options, const Checkpoint& checkpoint);
};

}  // namespace tandem::convert
