// SPDX-License-Identifier: Apache-2.0
// The captioner's two graphs around the MobileNet: attention over cells, a GRU cell, the next word's logits.
#include <fmt/format.h>

#include "convert/networks/captioner/attention.h"
#include "convert/networks/captioner/parts.h"
#include "convert/networks/captioner/recurrent.h"
#include "convert/networks/image_network.h"
#include "convert/networks/mobilenet_v3.h"

namespace tandem::convert {

Result<graph::Model> build_encoder(Weights& weights, const CaptionerConfig& config) {
  GraphBuilder graph("captioner_encoder");
  const Build build{graph, weights};
  const std::int64_t size = config.image_size;
  const std::int64_t cells = config.cells * config.cells;
  const Feature image{graph.input(batched("image", {3, size, size})), 3, size, size};
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
  graph.output(features, batched("features", {cells, map.channels}));
  graph.output(projected, batched("att1", {cells, config.attention}));
  graph.output(hidden, batched("h0", {config.decoder}));
  return std::move(graph).finish();
}

Result<graph::Model> build_step(Weights& weights, const CaptionerConfig& config) {
  GraphBuilder graph("captioner_step");
  const Build build{graph, weights};
  const std::int64_t cells = config.cells * config.cells;
  const std::string word = graph.input(batched("word", {}, DType::kInt64));
  const std::string hidden = graph.input(batched("h", {config.decoder}));
  graph.input(batched("features", {cells, config.features}));
  graph.input(batched("att1", {cells, config.attention}));
  Tensor table = TRY(weights.take("decoder.embedding.weight", {config.vocabulary, config.embedding}));
  const std::string embedded =
      graph.add("Gather", {graph.weight("decoder.embedding.weight", std::move(table)), word}, "decoder.embedding");
  const Attended attended = TRY(attend(build, hidden, {"decoder.", config.decoder, config.attention}));
  const std::string joined =
      graph.add("Concat", {embedded, attended.context}, "decoder.joined", attributes("axis", std::int64_t{1}));
  const RecurrentCell cell{"decoder.decode_step", config.embedding + config.features, config.decoder};
  const std::string next = TRY(gru_cell(build, joined, hidden, cell));
  const std::string logits =
      TRY(linear(build, next, {.path = "decoder.fc", .inputs = config.decoder, .outputs = config.vocabulary}));
  graph.output(logits, batched("logits", {config.vocabulary}));
  graph.output(next, batched("next_h", {config.decoder}));
  graph.output(attended.alpha, batched("alpha", {cells}));
  return std::move(graph).finish();
}

}  // namespace tandem::convert
