// SPDX-License-Identifier: Apache-2.0
// Recurrent layers: LSTM, GRU and RNN, a node of ONNX each layer.
#include <fmt/format.h>

#include "convert/aten/recurrent_cells.h"

namespace tandem::convert::aten {
namespace {

/// How a layer of PyTorch becomes one of ONNX.
struct Kind {
  std::string_view op_type;
  Integers gates;               // PyTorch's gates in ONNX's order
  std::string_view activation;  // of RNN
};

const Kind& lstm_kind() {
  static const Kind kKind{"LSTM", {0, 3, 1, 2}, ""};  // i f g o -> i o f c
  return kKind;
}

const Kind& gru_kind() {
  static const Kind kKind{"GRU", {1, 0, 2}, ""};  // r z n -> z r h
  return kKind;
}

const Kind& tanh_kind() {
  static const Kind kKind{"RNN", {0}, "Tanh"};
  return kKind;
}

const Kind& relu_kind() {
  static const Kind kKind{"RNN", {0}, "Relu"};
  return kKind;
}

/// Rows of a weight in ONNX's order of gates.
Result<std::string> in_order(Operation& operation, const std::string& weight, const Kind& kind, std::int64_t hidden) {
  if (std::ranges::is_sorted(kind.gates)) return weight;
  const Shape shape{hidden * static_cast<std::int64_t>(kind.gates.size())};
  Integers rows;
  for (const std::int64_t gate : kind.gates) {
    for (std::int64_t i = 0; i < hidden; ++i) rows.push_back(gate * hidden + i);
  }
  // One order for all weights of a size: equal tables are one.
  const std::string key = fmt::format("rows of {} {}", kind.op_type, hidden);
  const std::string order = TRY(operation.workspace().once(
      key, [&]() -> Result<std::string> { return integer_table(operation, "gates", shape, rows); }));
  return operation.add("Gather", {weight, order}, attributes("axis", std::int64_t{0}));
}

struct LayerValues {
  std::string input;                // [steps, batch, features]
  std::vector<std::string> states;  // [directions, batch, hidden] each
};

/// The weights of all directions of a layer: [directions, gates * hidden, ...].
struct LayerWeights {
  std::string input;
  std::string hidden;
  std::string bias;  // "" for none
};

Result<LayerWeights> weights_of(Operation& operation, std::span<const CellWeights> directions, const Kind& kind) {
  std::vector<std::string> input;
  std::vector<std::string> hidden;
  std::vector<std::string> bias;
  for (const CellWeights& each : directions) {
    const std::int64_t size = each.hidden_size;
    input.push_back(unsqueeze(operation, TRY(in_order(operation, each.input.name, kind, size)), {0}));
    hidden.push_back(unsqueeze(operation, TRY(in_order(operation, each.hidden.name, kind, size)), {0}));
    if (!each.input_bias) continue;
    std::vector<std::string> both = {TRY(in_order(operation, each.input_bias->name, kind, size))};
    both.push_back(TRY(in_order(operation, each.hidden_bias->name, kind, size)));
    bias.push_back(unsqueeze(operation, concat(operation, std::move(both), 0), {0}));
  }
  LayerWeights weights;
  weights.input = concat(operation, std::move(input), 0);
  weights.hidden = concat(operation, std::move(hidden), 0);
  if (!bias.empty()) weights.bias = concat(operation, std::move(bias), 0);
  return weights;
}

/// One layer; its input becomes its output, and its states those at the end.
Status run_layer(Operation& operation, std::span<const CellWeights> directions, const Kind& kind, LayerValues& values) {
  const LayerWeights weights = TRY(weights_of(operation, directions, kind));
  const bool both = directions.size() == 2;
  Attributes made = attributes("hidden_size", directions.front().hidden_size, "direction",
                               std::string(both ? "bidirectional" : "forward"));
  if (kind.op_type == "GRU") made["linear_before_reset"] = std::int64_t{1};
  if (!kind.activation.empty())
    made["activations"] = std::vector<std::string>(directions.size(), std::string(kind.activation));
  std::vector<std::string> inputs = {values.input, weights.input, weights.hidden, weights.bias, ""};
  inputs.insert(inputs.end(), values.states.begin(), values.states.end());
  const auto outputs = operation.add_many(kind.op_type, std::move(inputs), 1 + values.states.size(), std::move(made));
  // [steps, directions, batch, hidden] -> [steps, batch, directions * hidden]
  values.input = both ? operation.add("Reshape", {transpose(operation, outputs[0], {0, 2, 1, 3}),
                                                  operation.integers_value({0, 0, -1})})
                      : squeeze(operation, outputs[0], {1});
  values.states.assign(outputs.begin() + 1, outputs.end());
  return {};
}

/// What a call of a recurrent layer says.
struct Network {
  std::vector<CellWeights> cells;  // by layer, then by direction
  std::int64_t layers = 1;
  std::size_t directions = 1;
  bool batch_first = false;
  bool single = false;  // no batch
};

Result<Network> network_of(Operation& operation, const Value& input) {
  if (TRY(operation.flag("train")) && TRY(operation.real("dropout")) != 0) {
    return fail(Code::kFailedPrecondition,
                describe(operation.call()) + ": dropout in training mode; call model.eval() before the export");
  }
  Network network;
  network.layers = TRY(operation.integer("num_layers"));
  network.directions = TRY(operation.flag("bidirectional")) ? 2 : 1;
  network.batch_first = TRY(operation.flag("batch_first"));
  network.single = input.rank() == 2;
  if (network.single) network.batch_first = false;
  if (input.rank() != 2 && input.rank() != 3) return operation.wrong("an input of 2 or 3 dimensions");
  const bool biases = TRY(operation.flag("has_biases"));
  const auto params = TRY(operation.tensors("params"));
  const std::size_t cells = static_cast<std::size_t>(std::max<std::int64_t>(network.layers, 0)) * network.directions;
  const std::size_t each = biases ? 4 : 2;
  if (cells == 0 || (params.size() != cells * each && params.size() != cells * (each + 1))) {
    return operation.wrong("the number of weights does not fit its layers");
  }
  const std::size_t width = params.size() / cells;
  for (std::size_t i = 0; i < cells; ++i) {
    CellWeights cell{params[i * width], params[i * width + 1]};
    if (biases) cell.input_bias = params[i * width + 2], cell.hidden_bias = params[i * width + 3];
    if (width > each) cell.projection = params[i * width + each];
    if (cell.hidden.rank() != 2) return operation.wrong("a weight has other dimensions than 2");
    cell.hidden_size = cell.projection ? cell.projection->size(1) : cell.hidden.size(1);
    if (cell.hidden_size < 1 || cell.hidden_size > kLargestTable / 4)
      return operation.wrong("the weights must have a known size");
    network.cells.push_back(std::move(cell));
  }
  return network;
}

/// The states that a layer begins with: its directions' part of [layers * directions, batch, hidden].
std::string layer_part(Operation& operation, const Network& network, const std::string& states, std::int64_t layer) {
  if (network.layers == 1) return states;
  const auto directions = static_cast<std::int64_t>(network.directions);
  return slice(operation, states, {0, Size{layer * directions}, Size{(layer + 1) * directions}});
}

/// All layers; `states` are those at the beginning, and then those at the end.
Result<std::string> run_network(Operation& operation, const Network& network, const Value& input, const Kind& kind,
                                std::vector<std::string>& states) {
  LayerValues values;
  values.input = network.batch_first ? transpose(operation, input.name, {1, 0, 2}) : input.name;
  if (network.single) values.input = unsqueeze(operation, input.name, {1});
  const std::int64_t steps = input.size(network.batch_first ? 1 : 0);
  std::vector<std::vector<std::string>> ends(states.size());
  for (std::int64_t layer = 0; layer < network.layers; ++layer) {
    values.states.clear();
    for (const std::string& state : states) values.states.push_back(layer_part(operation, network, state, layer));
    const auto cells =
        std::span(network.cells).subspan(static_cast<std::size_t>(layer) * network.directions, network.directions);
    if (cells.front().projection) {
      SteppedValues stepped{values.input, steps, values.states};
      TRY(run_projected_layer(operation, cells, stepped));
      values.input = stepped.input;
      values.states = stepped.states;
    } else {
      TRY(run_layer(operation, cells, kind, values));
    }
    for (std::size_t i = 0; i < ends.size(); ++i) ends[i].push_back(values.states[i]);
  }
  for (std::size_t i = 0; i < ends.size(); ++i) states[i] = concat(operation, std::move(ends[i]), 0);
  if (network.single) return squeeze(operation, values.input, {1});
  return network.batch_first ? transpose(operation, values.input, {1, 0, 2}) : values.input;
}

Status lower_network(Operation& operation, const Kind& kind) {
  const Value input = TRY(operation.tensor("input"));
  const Network network = TRY(network_of(operation, input));
  std::vector<std::string> states;
  if (kind.op_type == "LSTM") {
    for (const Value& state : TRY(operation.tensors("hx"))) states.push_back(state.name);
    if (states.size() != 2) return operation.wrong("an LSTM has two states");
  } else {
    states.push_back(TRY(operation.tensor("hx")).name);
  }
  for (std::string& state : states) {
    if (network.single) state = unsqueeze(operation, state, {1});
  }
  TRY(operation.output(TRY(run_network(operation, network, input, kind, states)), 0));
  for (std::size_t i = 0; i < states.size(); ++i) {
    TRY(operation.output(network.single ? squeeze(operation, states[i], {1}) : states[i], i + 1));
  }
  return {};
}

Status lower_lstm(Operation& operation) { return lower_network(operation, lstm_kind()); }
Status lower_gru(Operation& operation) { return lower_network(operation, gru_kind()); }
Status lower_rnn_tanh(Operation& operation) { return lower_network(operation, tanh_kind()); }
Status lower_rnn_relu(Operation& operation) { return lower_network(operation, relu_kind()); }

constexpr Operator kRecurrentOperators[] = {
    {"gru.input", lower_gru},
    {"lstm.input", lower_lstm},
    {"rnn_relu.input", lower_rnn_relu},
    {"rnn_tanh.input", lower_rnn_tanh},
};

}  // namespace

std::span<const Operator> recurrent_operators() { return kRecurrentOperators; }

}  // namespace tandem::convert::aten
