// SPDX-License-Identifier: Apache-2.0
// The gates of a cell are rows of one matrix; here each becomes a Gemm of its own.
#include "convert/networks/captioner/recurrent.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "convert/layers.h"

namespace tandem::convert {
namespace {

/// The gates of one side, x W^T + b, one for each letter: in torch's order r, z, n or i, f, g, o.
struct Side {
  std::string_view name;  // "ih" or "hh"
  std::string_view letters;
};
Result<std::vector<std::string>> gates(Build build, const std::string& input, const RecurrentCell& cell, Side side) {
  const auto count = static_cast<std::int64_t>(side.letters.size());
  const std::int64_t columns = side.name == "ih" ? cell.inputs : cell.numbers;
  const std::string weight_name = fmt::format("{}.weight_{}", cell.path, side.name);
  const std::string bias_name = fmt::format("{}.bias_{}", cell.path, side.name);
  const Tensor weight = TRY(build.weights.take(weight_name, {count * cell.numbers, columns}));
  const Tensor bias = TRY(build.weights.take(bias_name, {count * cell.numbers}));
  std::vector<std::string> values;
  for (std::int64_t gate = 0; gate < count; ++gate) {
    const std::string path =
        fmt::format("{}.{}_{}", cell.path, side.name, side.letters[static_cast<std::size_t>(gate)]);
    Tensor matrix = TRY(transposed(weight.rows(gate * cell.numbers, cell.numbers)));
    Tensor shift = TRY(bias.rows(gate * cell.numbers, cell.numbers).clone());
    const std::string w = build.graph.weight(path + ".weight", std::move(matrix));
    const std::string b = build.graph.weight(path + ".bias", std::move(shift));
    values.push_back(build.graph.add("Gemm", {input, w, b}, path));
  }
  return values;
}

}  // namespace

Result<std::string> gru_cell(Build build, const std::string& input, const std::string& hidden,
                             const RecurrentCell& cell) {
  GraphBuilder& graph = build.graph;
  const std::string& path = cell.path;
  const auto from_input = TRY(gates(build, input, cell, {"ih", "rzn"}));
  const auto from_hidden = TRY(gates(build, hidden, cell, {"hh", "rzn"}));
  const auto sigmoid = [&](std::size_t gate, const std::string& name) {
    const std::string sum = graph.add("Add", {from_input[gate], from_hidden[gate]}, path + "." + name + ".sum");
    return graph.add("Sigmoid", {sum}, path + "." + name);
  };
  const std::string reset = sigmoid(0, "r");
  const std::string update = sigmoid(1, "z");
  const std::string kept = graph.add("Mul", {reset, from_hidden[2]}, path + ".n.kept");
  const std::string candidate =
      graph.add("Tanh", {graph.add("Add", {from_input[2], kept}, path + ".n.sum")}, path + ".n");
  const std::string change = graph.add("Sub", {hidden, candidate}, path + ".change");
  return graph.add("Add", {candidate, graph.add("Mul", {update, change}, path + ".kept")}, path);
}

Result<LstmState> lstm_cell(Build build, const std::string& input, const LstmState& state, const RecurrentCell& cell) {
  GraphBuilder& graph = build.graph;
  const std::string& path = cell.path;
  const auto from_input = TRY(gates(build, input, cell, {"ih", "ifgo"}));
  const auto from_hidden = TRY(gates(build, state.hidden, cell, {"hh", "ifgo"}));
  const auto gate = [&](std::size_t index, const std::string& name) {
    const std::string sum = graph.add("Add", {from_input[index], from_hidden[index]}, path + "." + name + ".sum");
    return graph.add(name == "g" ? "Tanh" : "Sigmoid", {sum}, path + "." + name);
  };
  const std::string take = gate(0, "i");
  const std::string keep = gate(1, "f");
  const std::string candidate = gate(2, "g");
  const std::string show = gate(3, "o");
  const std::string kept = graph.add("Mul", {keep, state.memory}, path + ".kept");
  const std::string taken = graph.add("Mul", {take, candidate}, path + ".taken");
  LstmState next;
  next.memory = graph.add("Add", {kept, taken}, path + ".memory");
  next.hidden = graph.add("Mul", {show, graph.add("Tanh", {next.memory}, path + ".tanh")}, path + ".hidden");
  return next;
}

}  // namespace tandem::convert
