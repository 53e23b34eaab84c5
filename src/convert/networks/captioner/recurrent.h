// SPDX-License-Identifier: Apache-2.0
// One step of a recurrent cell, as torch.nn.GRUCell and torch.nn.LSTMCell keep their weights.
#pragma once

#include <string>

#include "convert/layers/feature.h"

namespace tandem::convert {

struct RecurrentCell {
  std::string path;          // before .weight_ih, .weight_hh, .bias_ih, .bias_hh
  std::int64_t inputs = 0;   // numbers that come in
  std::int64_t numbers = 0;  // of the state
};

/// r and z sigmoid; n = tanh(i_n + r * h_n); h' = n + z * (h - n). input: [batch, inputs], hidden: [batch, numbers].
Result<std::string> gru_cell(Build build, const std::string& input, const std::string& hidden,
                             const RecurrentCell& cell);

/// Hidden state and memory, each [batch, numbers].
struct LstmState {
  std::string hidden;
  std::string memory;
};
/// i, f and o sigmoid; g tanh; c' = f * c + i * g; h' = o * tanh(c').
Result<LstmState> lstm_cell(Build build, const std::string& input, const LstmState& state, const RecurrentCell& cell);

}  // namespace tandem::convert
