// SPDX-License-Identifier: Apache-2.0
// Cells as products, activations and sums.
#include "convert/aten/recurrent_cells.h"

#include <fmt/format.h>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

std::vector<std::string> gates(Operation& operation, const std::string& value, std::size_t count) {
  return operation.add_many("Split", {value}, count, attributes("axis", std::int64_t{-1}));
}

struct LstmState {
  std::string hidden;
  std::string cell;
};

/// c' = f c + i g; h' = o tanh(c')
Result<LstmState> lstm_step(Operation& operation, const std::string& input, const CellWeights& weights,
                            const LstmState& state) {
  const std::string from_input = TRY(linear(operation, input, weights.input, weights.input_bias));
  const std::string from_hidden = TRY(linear(operation, state.hidden, weights.hidden, weights.hidden_bias));
  const auto parts = gates(operation, operation.add("Add", {from_input, from_hidden}), 4);
  const auto sigmoid = [&](std::size_t gate) { return operation.add("Sigmoid", {parts[gate]}); };
  const std::string kept = operation.add("Mul", {sigmoid(1), state.cell});
  const std::string added = operation.add("Mul", {sigmoid(0), operation.add("Tanh", {parts[2]})});
  LstmState next;
  next.cell = operation.add("Add", {kept, added});
  next.hidden = operation.add("Mul", {sigmoid(3), operation.add("Tanh", {next.cell})});
  if (weights.projection) next.hidden = TRY(linear(operation, next.hidden, *weights.projection, std::nullopt));
  return next;
}

Result<CellWeights> weights_of(Operation& operation) {
  CellWeights weights;
  weights.input = TRY(operation.tensor("w_ih"));
  weights.hidden = TRY(operation.tensor("w_hh"));
  weights.input_bias = TRY(operation.optional_tensor("b_ih"));
  weights.hidden_bias = TRY(operation.optional_tensor("b_hh"));
  return weights;
}

Status lower_lstm_cell(Operation& operation) {
  const auto states = TRY(operation.tensors("hx"));
  if (states.size() != 2) return operation.wrong("an LSTM has two states");
  const CellWeights weights = TRY(weights_of(operation));
  const LstmState next =
      TRY(lstm_step(operation, TRY(operation.tensor("input")).name, weights, {states[0].name, states[1].name}));
  TRY(operation.output(next.hidden, 0));
  return operation.output(next.cell, 1);
}

/// n = tanh(x_n + r h_n); h' = n + z (h - n)
Status lower_gru_cell(Operation& operation) {
  const CellWeights weights = TRY(weights_of(operation));
  const std::string state = TRY(operation.tensor("hx")).name;
  const auto from_input = gates(
      operation, TRY(linear(operation, TRY(operation.tensor("input")).name, weights.input, weights.input_bias)), 3);
  const auto from_hidden = gates(operation, TRY(linear(operation, state, weights.hidden, weights.hidden_bias)), 3);
  const auto sigmoid = [&](std::size_t gate) {
    return operation.add("Sigmoid", {operation.add("Add", {from_input[gate], from_hidden[gate]})});
  };
  const std::string reset = operation.add("Mul", {sigmoid(0), from_hidden[2]});
  const std::string fresh = operation.add("Tanh", {operation.add("Add", {from_input[2], reset})});
  const std::string kept = operation.add("Mul", {sigmoid(1), operation.add("Sub", {state, fresh})});
  return operation.output(operation.add("Add", {fresh, kept}));
}

template <OpType Activation>
Status lower_rnn_cell(Operation& operation) {
  const CellWeights weights = TRY(weights_of(operation));
  const std::string from_input =
      TRY(linear(operation, TRY(operation.tensor("input")).name, weights.input, weights.input_bias));
  const std::string from_hidden =
      TRY(linear(operation, TRY(operation.tensor("hx")).name, weights.hidden, weights.hidden_bias));
  return operation.output(operation.add(Activation.name(), {operation.add("Add", {from_input, from_hidden})}));
}

constexpr Operator kRecurrentCellsOperators[] = {
    {"gru_cell", lower_gru_cell},
    {"lstm_cell", lower_lstm_cell},
    {"rnn_relu_cell", lower_rnn_cell<"Relu">},
    {"rnn_tanh_cell", lower_rnn_cell<"Tanh">},
};

}  // namespace

Status run_projected_layer(Operation& operation, std::span<const CellWeights> directions, SteppedValues& values) {
  constexpr std::int64_t kMostSteps = 512;
  if (values.steps < 1 || values.steps > kMostSteps) {
    return operation.refuse(fmt::format("projections need a known number of steps, {} at most", kMostSteps));
  }
  if (values.states.size() != 2) return operation.refuse("projections are of LSTM only");
  std::vector<std::string> outputs;
  std::vector<std::string> hidden;
  std::vector<std::string> cell;
  const auto row = [&](const std::string& value, std::int64_t index) {
    return operation.add("Gather", {value, operation.workspace().integer(index)}, attributes("axis", std::int64_t{0}));
  };
  for (std::size_t direction = 0; direction < directions.size(); ++direction) {
    const auto at = static_cast<std::int64_t>(direction);
    LstmState state{row(values.states[0], at), row(values.states[1], at)};
    std::vector<std::string> steps(static_cast<std::size_t>(values.steps));
    for (std::int64_t i = 0; i < values.steps; ++i) {
      const std::int64_t step = direction == 0 ? i : values.steps - 1 - i;
      state = TRY(lstm_step(operation, row(values.input, step), directions[direction], state));
      steps[static_cast<std::size_t>(step)] = unsqueeze(operation, state.hidden, {0});
    }
    outputs.push_back(concat(operation, std::move(steps), 0));
    hidden.push_back(unsqueeze(operation, state.hidden, {0}));
    cell.push_back(unsqueeze(operation, state.cell, {0}));
  }
  values.input = concat(operation, std::move(outputs), 2);
  values.states = {concat(operation, std::move(hidden), 0), concat(operation, std::move(cell), 0)};
  return {};
}

std::span<const Operator> recurrent_cells_operators() { return kRecurrentCellsOperators; }

}  // namespace tandem::convert::aten
