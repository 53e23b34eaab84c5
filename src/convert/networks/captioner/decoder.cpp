// SPDX-License-Identifier: Apache-2.0
// The captioner's two graphs around the MobileNet: attention over cells, a GRU cell, the next word's logits.
#include <fmt/format.h>

#include "convert/networks/captioner/parts.h"
#include "convert/networks/mobilenet_v3.h"

namespace tandem::convert {
namespace {

Dim batch() { return Dim::symbol("batch"); }

TensorSpec spec(std::string name, std::vector<std::int64_t> sizes, DType dtype = DType::kFloat32) {
  TensorSpec made{std::move(name), dtype, {{batch()}, false}, false};
  for (const std::int64_t size : sizes) made.shape.dims.push_back(Dim::fixed(size));
  return made;
}

/// One tensor of a stacked matrix: rows [gate * D, (gate + 1) * D) of [3 D, columns].
Tensor gate_rows(const Tensor& stacked, std::int64_t gate, std::int64_t size) {
  return stacked.rows(gate * size, size);
}

/// Additive attention (Bahdanau et al., arXiv 1409.0473): e = v . relu(att1 + W h), alpha = softmax over the cells.
struct Attended {
  std::string alpha;    // [batch, cells]
  std::string context;  // [batch, C]
};
Result<Attended> attend(Build build, const CaptionerConfig& config, const std::string& hidden) {
  GraphBuilder& graph = build.graph;
  const std::string asked = TRY(
      linear(build, hidden, {.path = "decoder.decoder_att", .inputs = config.decoder, .outputs = config.attention}));
  const std::string one = graph.integers("decoder.axis1", {1});
  const std::string row = graph.add("Unsqueeze", {asked, one}, "decoder.decoder_att.row");
  const std::string sum = graph.add("Add", {"att1", row}, "decoder.attention.sum");
  const std::string active = graph.add("Relu", {sum}, "decoder.attention.relu");
  const std::string scores =
      TRY(linear(build, active, {.path = "decoder.full_att", .inputs = config.attention, .outputs = 1}));
  const std::string flat =
      graph.add("Squeeze", {scores, graph.integers("decoder.axis2", {2})}, "decoder.full_att.flat");
  Attended attended;
  attended.alpha = graph.add("Softmax", {flat}, "decoder.attention.alpha", attributes("axis", std::int64_t{1}));
  const std::string weights = graph.add("Unsqueeze", {attended.alpha, one}, "decoder.attention.weights");  // [B, 1, P]
  const std::string mixed = graph.add("MatMul", {weights, "features"}, "decoder.attention.mixed");         // [B, 1, C]
  attended.context = graph.add("Squeeze", {mixed, one}, "decoder.attention.context");
  return attended;
}

/// The three gates of one side, x W^T + b, in torch's order r, z, n.
Result<std::vector<std::string>> gates(Build build, const std::string& input, const CaptionerConfig& config,
                                       std::string_view side) {
  const std::string weight_name = fmt::format("decoder.decode_step.weight_{}", side);
  const std::string bias_name = fmt::format("decoder.decode_step.bias_{}", side);
  const std::int64_t columns = side == "ih" ? config.embedding + config.features : config.decoder;
  const Tensor weight = TRY(build.weights.take(weight_name, {3 * config.decoder, columns}));
  const Tensor bias = TRY(build.weights.take(bias_name, {3 * config.decoder}));
  constexpr std::string_view kGates[] = {"r", "z", "n"};
  std::vector<std::string> values;
  for (std::int64_t gate = 0; gate < 3; ++gate) {
    const std::string_view letter = kGates[gate];
    const std::string path = fmt::format("decoder.decode_step.{}_{}", side, letter);
    Tensor matrix = TRY(transposed(gate_rows(weight, gate, config.decoder)));
    const std::string w = build.graph.weight(path + ".weight", std::move(matrix));
    const std::string b = build.graph.weight(path + ".bias", TRY(gate_rows(bias, gate, config.decoder).clone()));
    values.push_back(build.graph.add("Gemm", {input, w, b}, path));
  }
  return values;
}

/// torch.nn.GRUCell: r and z sigmoid; n = tanh(i_n + r * h_n); h' = n + z * (h - n).
Result<std::string> gru_cell(Build build, const CaptionerConfig& config, const std::string& input,
                             const std::string& hidden) {
  GraphBuilder& graph = build.graph;
  const std::string path = "decoder.decode_step";
  const auto from_input = TRY(gates(build, input, config, "ih"));
  const auto from_hidden = TRY(gates(build, hidden, config, "hh"));
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

}  // namespace

Result<graph::Model> build_encoder(Weights& weights, const CaptionerConfig& config) {
  GraphBuilder graph("captioner_encoder");
  const Build build{graph, weights};
  const std::int64_t size = config.image_size;
  const std::int64_t cells = config.cells * config.cells;
  const Feature image{graph.input(spec("image", {3, size, size})), 3, size, size};
  const Feature map = TRY(mobilenet_v3_features(
      build, image, {.path = "encoder.", .blocks = mobilenet_v3_small(), .epsilon = config.batch_norm_epsilon}));
  if (map.channels != config.features) {
    return invalid_argument(fmt::format("'decoder.encoder_att.weight' takes {} channels; the image features have {}",
                                        config.features, map.channels));
  }
  const std::string columns =
      graph.add("Reshape", {map.value, graph.integers("features.shape", {0, map.channels, cells})}, "features.columns");
  const std::string features =
      graph.add("Transpose", {columns}, "features.cells", attributes("perm", std::vector<std::int64_t>{0, 2, 1}));
  const std::string projected = TRY(
      linear(build, features, {.path = "decoder.encoder_att", .inputs = map.channels, .outputs = config.attention}));
  const std::string mean = graph.add("ReduceMean", {features}, "features.mean",
                                     attributes("axes", std::vector<std::int64_t>{1}, "keepdims", std::int64_t{0}));
  const std::string hidden =
      TRY(linear(build, mean, {.path = "decoder.init_h", .inputs = map.channels, .outputs = config.decoder}));
  graph.output(features, spec("features", {cells, map.channels}));
  graph.output(projected, spec("att1", {cells, config.attention}));
  graph.output(hidden, spec("h0", {config.decoder}));
  return std::move(graph).finish();
}

Result<graph::Model> build_step(Weights& weights, const CaptionerConfig& config) {
  GraphBuilder graph("captioner_step");
  const Build build{graph, weights};
  const std::int64_t cells = config.cells * config.cells;
  const std::string word = graph.input(spec("word", {}, DType::kInt64));
  const std::string hidden = graph.input(spec("h", {config.decoder}));
  graph.input(spec("features", {cells, config.features}));
  graph.input(spec("att1", {cells, config.attention}));
  Tensor table = TRY(weights.take("decoder.embedding.weight", {config.vocabulary, config.embedding}));
  const std::string embedded =
      graph.add("Gather", {graph.weight("decoder.embedding.weight", std::move(table)), word}, "decoder.embedding");
  const Attended attended = TRY(attend(build, config, hidden));
  const std::string joined =
      graph.add("Concat", {embedded, attended.context}, "decoder.joined", attributes("axis", std::int64_t{1}));
  const std::string next = TRY(gru_cell(build, config, joined, hidden));
  const std::string logits =
      TRY(linear(build, next, {.path = "decoder.fc", .inputs = config.decoder, .outputs = config.vocabulary}));
  graph.output(logits, spec("logits", {config.vocabulary}));
  graph.output(next, spec("next_h", {config.decoder}));
  graph.output(attended.alpha, spec("alpha", {cells}));
  return std::move(graph).finish();
}

}  // namespace tandem::convert
