// SPDX-License-Identifier: Apache-2.0
// The captioner of "Show, Attend and Tell" (Xu et al., arXiv 1502.03044) with a ResNet and an LSTM cell, with the names
// of sgrvinod's PyTorch tutorial, to an encoder that sees the image and a step that says a word.
#include <fmt/format.h>

#include "convert/layers.h"
#include "convert/networks/captioner/attention.h"
#include "convert/networks/captioner/recurrent.h"
#include "convert/networks/captioner/words.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"
#include "convert/networks/resnet_stages.h"

namespace tandem::convert {
namespace {

/// The encoder is torchvision's ResNet as a list of its layers.
constexpr ResNetNames kListed = {.stem = "0", .stem_norm = "1", .stage = "", .first = 4};
constexpr const char* kEncoder = "encoder.resnet.";
constexpr std::int64_t kCells = 14;  // the height and width that the features are brought to

struct LstmCaptionerConfig {
  HeightWidth size = 256;
  ResNetLayout resnet;
  std::int64_t features = 0;
  std::int64_t vocabulary = 0;
  std::int64_t embedding = 0;
  std::int64_t decoder = 0;
  std::int64_t attention = 0;
};

bool is_lstm_captioner(const Weights& weights) {
  return has_resnet(weights, kEncoder, kListed) && weights.has("decoder.attention.encoder_att.weight") &&
         weights.has("decoder.decode_step.weight_hh") && weights.has("decoder.init_c.weight") &&
         weights.has("decoder.f_beta.weight");
}

Result<LstmCaptionerConfig> infer_lstm_captioner(const Weights& weights, const ConvertOptions& options) {
  LstmCaptionerConfig config;
  config.size = TRY(choose_image_size(options, {.published = 256, .least = 32}));
  config.resnet = TRY(infer_resnet(weights, kEncoder, kListed));
  config.resnet.epsilon = options.batch_norm_epsilon.value_or(config.resnet.epsilon);
  config.vocabulary = TRY(weights.dim("decoder.embedding.weight", 2, 0));
  config.embedding = TRY(weights.dim("decoder.embedding.weight", 2, 1));
  config.decoder = TRY(weights.dim("decoder.decode_step.weight_hh", 2, 1));
  config.attention = TRY(weights.dim("decoder.attention.encoder_att.weight", 2, 0));
  config.features = TRY(weights.dim("decoder.attention.encoder_att.weight", 2, 1));
  return config;
}

Facts describe(const LstmCaptionerConfig& config) {
  return {{"encoder", "ResNet " + describe(config.resnet)},
          {"image size", to_string(config.size)},
          {"image features", fmt::format("{0} x {0} cells of {1} channels", kCells, config.features)},
          {"vocabulary", fmt::format("{} words of {} numbers", config.vocabulary, config.embedding)},
          {"decoder_dim", fmt::format("{}", config.decoder)},
          {"attention_dim", fmt::format("{}", config.attention)},
          {"batch norm eps", fmt::format("{}", config.resnet.epsilon)}};
}

/// image -> features [batch, cells, C], att1 [batch, cells, A], h0 and c0 [batch, D].
Result<graph::Model> build_encoder(Weights& weights, const LstmCaptionerConfig& config) {
  GraphBuilder graph("captioner_encoder");
  const Build build{graph, weights};
  const std::int64_t height = config.size.height;
  const std::int64_t width = config.size.width;
  const Feature image{graph.input(batched("image", {3, height, width})), 3, height, width};
  const auto stages = TRY(resnet_stages(build, config.resnet, image));
  const Feature map = TRY(adaptive_average_pool(build, stages.back(), kCells, "encoder.adaptive_pool"));
  const std::string features = as_tokens(build, map, "features.cells");
  const std::string mean = graph.add("ReduceMean", {features}, "features.mean",
                                     attributes("axes", std::vector<std::int64_t>{1}, "keepdims", std::int64_t{0}));
  const LinearLayer attention{
      .path = "decoder.attention.encoder_att", .inputs = map.channels, .outputs = config.attention};
  const std::string projected = TRY(linear(build, features, attention));
  const LinearLayer hidden{.path = "decoder.init_h", .inputs = map.channels, .outputs = config.decoder};
  const LinearLayer memory{.path = "decoder.init_c", .inputs = map.channels, .outputs = config.decoder};
  const std::string h0 = TRY(linear(build, mean, hidden));
  const std::string c0 = TRY(linear(build, mean, memory));
  graph.output(features, batched("features", {kCells * kCells, map.channels}));
  graph.output(projected, batched("att1", {kCells * kCells, config.attention}));
  graph.output(h0, batched("h0", {config.decoder}));
  graph.output(c0, batched("c0", {config.decoder}));
  return std::move(graph).finish();
}

/// What the cell takes: the word's numbers, and the image's where it looked, each with a gate in front.
Result<std::string> cell_input(Build build, const LstmCaptionerConfig& config, const std::string& word,
                               const std::pair<std::string, Attended>& looked) {
  GraphBuilder& graph = build.graph;
  const auto& [hidden, attended] = looked;
  Tensor table = TRY(build.weights.take("decoder.embedding.weight", {config.vocabulary, config.embedding}));
  const std::string words = graph.weight("decoder.embedding.weight", std::move(table));
  const std::string embedded = graph.add("Gather", {words, word}, "decoder.embedding");
  const LinearLayer beta{.path = "decoder.f_beta", .inputs = config.decoder, .outputs = config.features};
  const std::string asked = TRY(linear(build, hidden, beta));
  const std::string gate = activate(build, asked, Activation::kSigmoid, "decoder.gate");
  const std::string seen = graph.add("Mul", {gate, attended.context}, "decoder.seen");
  return graph.add("Concat", {embedded, seen}, "decoder.joined", attributes("axis", std::int64_t{1}));
}

/// word int64 [batch], h and c [batch, D], features, att1 -> logits [batch, V], next_h, next_c, alpha [batch, cells].
Result<graph::Model> build_step(Weights& weights, const LstmCaptionerConfig& config) {
  GraphBuilder graph("captioner_step");
  const Build build{graph, weights};
  const std::string word = graph.input(batched("word", {}, DType::kInt64));
  const std::string hidden = graph.input(batched("h", {config.decoder}));
  const std::string memory = graph.input(batched("c", {config.decoder}));
  graph.input(batched("features", {kCells * kCells, config.features}));
  graph.input(batched("att1", {kCells * kCells, config.attention}));
  const Attended attended = TRY(attend(build, hidden, {"decoder.attention.", config.decoder, config.attention}));
  const std::string input = TRY(cell_input(build, config, word, {hidden, attended}));
  const RecurrentCell cell{"decoder.decode_step", config.embedding + config.features, config.decoder};
  const LstmState next = TRY(lstm_cell(build, input, {hidden, memory}, cell));
  const LinearLayer last{.path = "decoder.fc", .inputs = config.decoder, .outputs = config.vocabulary};
  const std::string logits = TRY(linear(build, next.hidden, last));
  graph.output(logits, batched("logits", {config.vocabulary}));
  graph.output(next.hidden, batched("next_h", {config.decoder}));
  graph.output(next.memory, batched("next_c", {config.decoder}));
  graph.output(attended.alpha, batched("alpha", {kCells * kCells}));
  return std::move(graph).finish();
}

Result<Conversion> convert_captioner(Weights& weights, const ConvertOptions& options, const Checkpoint& checkpoint) {
  const LstmCaptionerConfig config = TRY(infer_lstm_captioner(weights, options));
  CaptionerParts parts;
  parts.facts = describe(config);
  parts.encoder = TRY(build_encoder(weights, config));
  parts.step = TRY(build_step(weights, config));
  if (config.size.height == config.size.width) parts.image = imagenet_input(config.size.height);
  parts.sizes = {config.vocabulary, kCells};
  return caption_conversion(std::move(parts), checkpoint.tables);
}

}  // namespace

const Network kLstmCaptioner = {
    .name = "captioner (ResNet, attention, LSTM)",
    .arch = "lstm_captioner",
    .matches = is_lstm_captioner,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_lstm_captioner(weights, options)));
    },
    .convert = convert_captioner,
};

}  // namespace tandem::convert
