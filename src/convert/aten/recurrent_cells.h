// SPDX-License-Identifier: Apache-2.0
// One step of a recurrent layer, for cells that are called by themselves and layers that ONNX has no operator for.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {

/// The weights of one direction of one layer.
struct CellWeights {
  Value input;   // [gates * hidden, features]
  Value hidden;  // [gates * hidden, hidden or projection]
  std::optional<Value> input_bias = {};
  std::optional<Value> hidden_bias = {};
  std::optional<Value> projection = {};  // [projection, hidden]
  std::int64_t hidden_size = 0;
};

struct SteppedValues {
  std::string input;  // [steps, batch, features]; the layer's output behind
  std::int64_t steps = 0;
  std::vector<std::string> states;  // [directions, batch, ...] of hidden and cell; those at the end behind
};

/// An LSTM layer whose output is projected, step by step. Errors: unimplemented (the number of steps is not known).
Status run_projected_layer(Operation& operation, std::span<const CellWeights> directions, SteppedValues& values);

}  // namespace tandem::convert::aten
