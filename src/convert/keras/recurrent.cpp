// SPDX-License-Identifier: Apache-2.0
// LSTM, GRU, SimpleRNN, and the layers around layers: Bidirectional, TimeDistributed.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "convert/keras/layer.h"

namespace tandem::convert::keras {
namespace {

enum class Cell { kSimple, kGru, kLstm };

/// A recurrent layer as its settings have it.
struct Recurrent {
  Cell cell = Cell::kSimple;
  std::int64_t units = 0;
  std::int64_t inputs = 0;
  bool bias = true;
  bool reset_after = false;  // GRU
  bool backwards = false;
  bool sequences = false;
  bool state = false;
  std::string path;

  std::int64_t gates() const { return cell == Cell::kLstm ? 4 : cell == Cell::kGru ? 3 : 1; }
  std::size_t states() const { return cell == Cell::kLstm ? 2 : 1; }
  std::string_view op_type() const { return cell == Cell::kLstm ? "LSTM" : cell == Cell::kGru ? "GRU" : "RNN"; }
};

/// Blocks of `units` columns, one a gate, in the order of ONNX, as rows: [inputs, gates * units] -> [1, gates * units,
/// inputs]. Keras has i, f, c, o where ONNX has i, o, f, c; z, r, h is the same in both.
Result<Tensor> gates_as_rows(const Tensor& kernel, const Recurrent& layer) {
  static constexpr std::array<std::int64_t, 4> kLstmOrder = {0, 3, 1, 2};
  const std::int64_t rows = kernel.shape()[0];
  const std::int64_t columns = kernel.shape()[1];
  Tensor result = TRY(Tensor::allocate(DType::kFloat32, {1, columns, rows}));
  const auto from = kernel.values<float>();
  auto to = result.mutable_values<float>().begin();
  for (std::int64_t gate = 0; gate < layer.gates(); ++gate) {
    const std::int64_t source = layer.cell == Cell::kLstm ? kLstmOrder[static_cast<std::size_t>(gate)] : gate;
    for (std::int64_t unit = 0; unit < layer.units; ++unit) {
      for (std::int64_t row = 0; row < rows; ++row) {
        *to++ = from[static_cast<std::size_t>(row * columns + source * layer.units + unit)];
      }
    }
  }
  return result;
}

/// ONNX keeps the bias of the input, then that of the state: [1, 2 * gates * units]. Keras has both for a GRU with
/// reset_after only.
Result<Tensor> take_bias(LayerWeights& weights, const Recurrent& layer) {
  const std::int64_t columns = layer.gates() * layer.units;
  const bool both = layer.cell == Cell::kGru && layer.reset_after;
  const Tensor bias = TRY(weights.take(both ? Shape{2, columns} : Shape{columns}));
  Tensor result = TRY(Tensor::allocate(DType::kFloat32, {1, 2 * columns}));
  std::ranges::fill(result.mutable_values<float>(), 0.0F);
  for (std::int64_t part = 0; part < (both ? 2 : 1); ++part) {
    const auto from = bias.values<float>().subspan(static_cast<std::size_t>(part * columns));
    const Tensor row = TRY(Tensor::from<float>({1, columns}, from.first(static_cast<std::size_t>(columns))));
    const Tensor ordered = TRY(gates_as_rows(row, layer));
    std::ranges::copy(ordered.values<float>(), result.mutable_values<float>().begin() + part * columns);
  }
  return result;
}

/// The activations that ONNX's recurrent operators know, with their constants.
struct Functions {
  std::vector<std::string> names;
  std::vector<float> alpha;
  std::vector<float> beta;
};

Status add_function(Functions& functions, const ConfigValue& setting, int keras_major) {
  const std::string* text = setting.string() != nullptr ? setting.string() : setting.at("config").string();
  const std::string name = setting.is_null() || text == nullptr ? "linear" : *text;
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kPlain = {
      {{"tanh", "Tanh"}, {"sigmoid", "Sigmoid"}, {"relu", "Relu"}, {"softsign", "Softsign"}, {"softplus", "Softplus"}}};
  for (const auto& [keras, onnx] : kPlain) {
    if (keras != name) continue;
    functions.names.emplace_back(onnx);
    return {};
  }
  if (name == "hard_sigmoid") {
    functions.names.emplace_back("HardSigmoid");
    functions.alpha.push_back(keras_major == 2 ? 0.2F : 1.0F / 6);
    functions.beta.push_back(0.5F);
  } else if (name == "linear" && setting.is_object() == (text != nullptr && setting.string() == nullptr)) {
    functions.names.emplace_back("Affine");
    functions.alpha.push_back(1);
    functions.beta.push_back(0);
  } else {
    return fail(Code::kUnimplemented, fmt::format("the activation {} within a recurrent layer", setting.describe()));
  }
  return {};
}

Result<Attributes> recurrent_attributes(const Recurrent& layer, const ConfigValue& settings, int keras_major) {
  Functions functions;
  static const ConfigValue kTanh(std::string("tanh"));
  const auto given = [&](std::string_view key, const ConfigValue& otherwise) -> const ConfigValue& {
    return settings.is_object() &&
                   std::ranges::any_of(*settings.members(), [&](const auto& m) { return m.first == key; })
               ? settings.at(key)
               : otherwise;
  };
  static const ConfigValue kSigmoid(std::string("sigmoid"));
  if (layer.cell != Cell::kSimple) TRY(add_function(functions, given("recurrent_activation", kSigmoid), keras_major));
  TRY(add_function(functions, given("activation", kTanh), keras_major));
  if (layer.cell == Cell::kLstm) TRY(add_function(functions, given("activation", kTanh), keras_major));
  Attributes made = attributes("hidden_size", layer.units, "activations", std::move(functions.names));
  if (!functions.alpha.empty()) made.insert_or_assign("activation_alpha", std::move(functions.alpha));
  if (!functions.beta.empty()) made.insert_or_assign("activation_beta", std::move(functions.beta));
  if (layer.backwards) made.insert_or_assign("direction", std::string("reverse"));
  if (layer.cell == Cell::kGru)
    made.insert_or_assign("linear_before_reset", static_cast<std::int64_t>(layer.reset_after));
  return made;
}

Result<Recurrent> read_recurrent(Cell cell, const ConfigValue& settings, const Value& sequence) {
  Recurrent layer;
  layer.cell = cell;
  layer.units = TRY(settings.positive("units"));
  layer.inputs = sequence.channels();
  layer.bias = TRY(settings.flag("use_bias", true));
  layer.reset_after = TRY(settings.flag("reset_after", cell == Cell::kGru));
  layer.backwards = TRY(settings.flag("go_backwards", false));
  layer.sequences = TRY(settings.flag("return_sequences", false));
  layer.state = TRY(settings.flag("return_state", false));
  for (const std::string_view other : {"stateful", "time_major"}) {
    if (TRY(settings.flag(other, false))) return fail(Code::kUnimplemented, fmt::format("the setting '{}'", other));
  }
  if (layer.inputs < 1) return invalid_argument("the number of features a step is not known");
  return layer;
}

/// What ONNX's operator gives, as Keras has it.
struct Ran {
  std::string sequence;             // [batch, time, units], in the order of time
  std::vector<std::string> states;  // [batch, units]
};

/// Steps: [time, batch, inputs]; initial states: [batch, units].
Result<Ran> run_recurrent(LayerCall& call, const Recurrent& layer, const std::string& steps,
                          std::span<const Value> initial) {
  GraphBuilder& builder = call.builder();
  const std::int64_t columns = layer.gates() * layer.units;
  const std::string& path = layer.path;
  const Tensor kernel = TRY(call.weights.take({layer.inputs, columns}));
  const Tensor recurrent = TRY(call.weights.take({layer.units, columns}));
  std::vector<std::string> inputs = {steps};
  inputs.push_back(call.graph.weight(path + ".kernel", TRY(gates_as_rows(kernel, layer))));
  inputs.push_back(call.graph.weight(path + ".recurrent_kernel", TRY(gates_as_rows(recurrent, layer))));
  inputs.emplace_back(layer.bias ? call.graph.weight(path + ".bias", TRY(take_bias(call.weights, layer))) : "");
  if (!initial.empty()) inputs.emplace_back();  // the sequences' lengths: all of them
  for (const Value& state : initial) {
    const std::string axes = builder.integers(path + ".direction", {0});
    inputs.push_back(builder.add("Unsqueeze", {call.graph.in_keras_order(state).name, axes}, path + ".initial"));
  }
  while (inputs.back().empty()) inputs.pop_back();
  Attributes made = TRY(recurrent_attributes(layer, call.settings(), call.graph.keras_major()));
  const auto outputs = builder.add_many(layer.op_type(), std::move(inputs), path, 1 + layer.states(), std::move(made));
  Ran ran;
  const std::string row =
      builder.add("Squeeze", {outputs[0], builder.integers(path + ".directions", {1})}, path + ".sequence");
  ran.sequence = builder.add("Transpose", {row}, path + ".batch_first", attributes("perm", Dims{1, 0, 2}));
  for (std::size_t i = 0; i < layer.states(); ++i) {
    ran.states.push_back(
        builder.add("Squeeze", {outputs[1 + i], builder.integers(path + ".direction", {0})}, path + ".state"));
  }
  return ran;
}

std::string reversed(LayerCall& call, const std::string& sequence, const std::string& path) {
  GraphBuilder& builder = call.builder();
  return builder.add("Slice",
                     {sequence, builder.integers(path + ".starts", {-1}), builder.integers(path + ".ends", {INT64_MIN}),
                      builder.integers(path + ".axes", {1}), builder.integers(path + ".steps", {-1})},
                     path + ".reversed");
}

Status refuse_masks(const LayerCall& call) {
  if (!call.input().masked && std::ranges::count(call.call.roles, "mask") == 0) return {};
  return fail(Code::kUnimplemented,
              "steps that are left out by a mask (an Embedding with mask_zero, or Masking, before the layer)");
}

std::string steps_of(LayerCall& call, const Value& sequence) {
  return call.builder().add("Transpose", {sequence.name}, call.path + ".time_first", attributes("perm", Dims{1, 0, 2}));
}

template <Cell kCell>
Result<std::vector<Value>> build_recurrent(LayerCall& call) {
  TRY(expect_inputs(call, 1, 3));
  TRY(refuse_masks(call));
  const Value sequence = call.graph.in_keras_order(call.input());
  Recurrent layer = TRY(read_recurrent(kCell, call.settings(), sequence));
  layer.path = call.path;
  if (call.inputs.size() != 1 && call.inputs.size() != 1 + layer.states()) {
    return invalid_argument(fmt::format("{} initial states: expected {}", call.inputs.size() - 1, layer.states()));
  }
  call.weights = call.weights.part("cell");
  const std::string steps = steps_of(call, sequence);
  const Ran ran = TRY(run_recurrent(call, layer, steps, std::span(call.inputs).subspan(1)));
  Value result = sequence;
  result.dims.back() = layer.units;
  std::vector<Value> outputs;
  if (layer.sequences) {  // Keras gives the steps in the order in which it took them
    result.name = layer.backwards ? reversed(call, ran.sequence, call.path) : ran.sequence;
    outputs.push_back(result);
  }
  result.dims = {sequence.dims.front(), layer.units};
  result.name = ran.states.front();
  if (!layer.sequences) outputs.push_back(result);
  for (std::size_t i = 0; layer.state && i < ran.states.size(); ++i) {
    result.name = ran.states[i];
    outputs.push_back(result);
  }
  return outputs;
}

std::optional<Cell> cell_of(const LayerConfig& layer) {
  if (layer.class_name == "LSTM") return Cell::kLstm;
  if (layer.class_name == "GRU") return Cell::kGru;
  if (layer.class_name == "SimpleRNN") return Cell::kSimple;
  return std::nullopt;
}

/// One of the two directions, with the settings of its own layer.
struct Direction {
  LayerConfig config;
  Recurrent layer;
  Ran ran;
};

Result<Direction> run_direction(LayerCall& call, const ConfigValue& config, bool backwards, const std::string& steps) {
  Direction direction{TRY(read_layer_config(config)), {}, {}};
  const auto cell = cell_of(direction.config);
  if (!cell) return fail(Code::kUnimplemented, fmt::format("Bidirectional of {}", direction.config.class_name));
  direction.layer = TRY(read_recurrent(*cell, *direction.config.settings, call.input()));
  direction.layer.backwards = backwards;
  direction.layer.path = call.path + (backwards ? ".backward" : ".forward");
  const std::string_view part = backwards ? "backward_layer" : "forward_layer";
  LayerCall inner{call.graph,     direction.config,     call.call, call.weights.part(part).part("cell"),
                  {call.input()}, direction.layer.path, call.depth};
  direction.ran = TRY(run_recurrent(inner, direction.layer, steps, {}));
  return direction;
}

/// Both results as one, as merge_mode says; two outputs when it is null.
Result<std::vector<Value>> merged(LayerCall& call, Value forward, const Value& backward) {
  const ConfigValue& mode = call.settings().at("merge_mode");
  if (mode.is_null()) return std::vector<Value>{std::move(forward), backward};
  const std::string name = TRY(call.settings().text("merge_mode", "concat"));
  Value result = forward;
  if (name == "concat") {
    result.dims.back() = forward.channels() + backward.channels();
    result.name =
        call.builder().add("Concat", {forward.name, backward.name}, call.path, attributes("axis", std::int64_t{-1}));
  } else if (name == "mul") {
    result.name = call.builder().add("Mul", {forward.name, backward.name}, call.path);
  } else if (name == "sum" || name == "ave") {
    result.name = call.builder().add("Add", {forward.name, backward.name}, call.path);
    if (name == "ave") result = call.graph.with_scalar("Div", result, 2, call.path);
  } else {
    return invalid_argument(fmt::format("the merge mode is '{}'", name));
  }
  return only(std::move(result));
}

/// Keras turns the backward layer's steps into the order of time before it merges them.
Result<std::vector<Value>> build_bidirectional(LayerCall& call) {
  TRY(expect_inputs(call, 1, 3));
  TRY(refuse_masks(call));
  if (call.inputs.size() != 1) return fail(Code::kUnimplemented, "Bidirectional with initial states");
  call.inputs.front() = call.graph.in_keras_order(call.input());
  const Value sequence = call.input();
  const ConfigValue& forward_config = call.settings().at("layer");
  const bool own_backward = call.settings().has("backward_layer");
  const ConfigValue& backward_config = own_backward ? call.settings().at("backward_layer") : forward_config;
  if (TRY(forward_config.at("config").flag("go_backwards", false))) {
    return fail(Code::kUnimplemented, "Bidirectional whose forward layer goes backwards");
  }
  const std::string steps = steps_of(call, sequence);
  const Direction forward = TRY(run_direction(call, forward_config, false, steps));
  const Direction backward = TRY(run_direction(call, backward_config, true, steps));
  const auto result_of = [&](const Direction& direction) {
    Value result = sequence;
    result.dims.back() = direction.layer.units;
    if (!forward.layer.sequences) result.dims = {sequence.dims.front(), direction.layer.units};
    result.name = forward.layer.sequences ? direction.ran.sequence : direction.ran.states.front();
    return result;
  };
  std::vector<Value> outputs = TRY(merged(call, result_of(forward), result_of(backward)));
  if (!forward.layer.state) return outputs;
  for (const Direction* direction : {&forward, &backward}) {
    for (const std::string& state : direction->ran.states) {
      Value value = sequence;
      value.dims = {sequence.dims.front(), direction->layer.units};
      value.name = state;
      outputs.push_back(std::move(value));
    }
  }
  return outputs;
}

/// The layer on every step: steps become samples of the batch, and are taken apart again.
Result<std::vector<Value>> build_time_distributed(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  const LayerConfig inner = TRY(read_layer_config(call.settings().at("layer")));
  Value sequence = call.graph.in_keras_order(call.input());
  if (sequence.rank() < 3) return invalid_argument("a sequence is expected");
  LayerWeights weights = call.weights.part("layer");
  if (inner.class_name == "Dense") {  // works on the last axis anyhow
    return build_layer({call.graph, inner, call.call, weights, {sequence}, call.path, call.depth + 1});
  }
  const std::int64_t time = sequence.dims[1];
  Dims merged_dims(sequence.dims.begin() + 1, sequence.dims.end());
  merged_dims.front() = -1;
  if (time < 1 || std::ranges::count(merged_dims, -1) != 1) {
    return fail(Code::kUnimplemented, "TimeDistributed over a number of steps or of sizes that is not known");
  }
  Value samples = call.graph.reshaped(sequence, merged_dims, merged_dims, call.path + ".steps");
  std::vector<Value> outputs =
      TRY(build_layer({call.graph, inner, call.call, weights, {samples}, call.path, call.depth + 1}));
  for (Value& output : outputs) {
    Dims dims = {sequence.dims.front(), time};
    dims.insert(dims.end(), output.dims.begin() + 1, output.dims.end());
    Dims target = dims;
    target.front() = -1;
    if (std::ranges::count(target, -1) != 1) return fail(Code::kUnimplemented, "TimeDistributed with open sizes");
    output = call.graph.reshaped(output, std::move(target), std::move(dims), call.path + ".sequence");
  }
  return outputs;
}

constexpr std::array<LayerClass, 5> kRecurrentLayers = {{{"LSTM", build_recurrent<Cell::kLstm>},
                                                         {"GRU", build_recurrent<Cell::kGru>},
                                                         {"SimpleRNN", build_recurrent<Cell::kSimple>},
                                                         {"Bidirectional", build_bidirectional},
                                                         {"TimeDistributed", build_time_distributed, false}}};

}  // namespace

std::span<const LayerClass> recurrent_layers() { return kRecurrentLayers; }

}  // namespace tandem::convert::keras
