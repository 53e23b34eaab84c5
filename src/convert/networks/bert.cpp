// SPDX-License-Identifier: Apache-2.0
// BERT's encoder (Devlin et al., arXiv 1810.04805) with Hugging Face's names, as sentence-transformers has it, too:
// tokens to vectors, and their mean to one vector a text (Reimers and Gurevych, arXiv 1908.10084).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "convert/layers.h"
#include "convert/networks/image_network.h"
#include "convert/networks/list.h"

namespace tandem::convert {
namespace {

constexpr double kBertEpsilon = 1e-12;
/// What a wrapper puts before the encoder's names.
constexpr std::array<std::string_view, 4> kBertPaths = {"", "bert.", "auto_model.", "0.auto_model."};

struct BertConfig {
  std::string path;
  std::int64_t vocabulary = 0;
  std::int64_t positions = 0;
  std::int64_t types = 0;
  std::int64_t channels = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t mlp = 0;
};

bool is_bert_below(const Weights& weights, std::string_view path) {
  for (const char* name : {"embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight",
                           "embeddings.token_type_embeddings.weight", "embeddings.LayerNorm.weight",
                           "encoder.layer.0.attention.self.query.weight", "encoder.layer.0.output.LayerNorm.weight"}) {
    if (!weights.has(fmt::format("{}{}", path, name))) return false;
  }
  return true;
}

bool is_bert(const Weights& weights) {
  return std::ranges::any_of(kBertPaths, [&](std::string_view path) { return is_bert_below(weights, path); });
}

/// As all published encoders of that width have it (MiniLM, arXiv 2002.10957, and what was distilled from it).
constexpr PublishedHeads kMiniLmHeads = {.channels = 384, .heads = 12};

Result<BertConfig> infer_bert(const Weights& weights, const ConvertOptions& options) {
  BertConfig config;
  const auto path =
      std::ranges::find_if(kBertPaths, [&](std::string_view each) { return is_bert_below(weights, each); });
  if (path != kBertPaths.end()) config.path = *path;
  const auto of = [&](std::string_view name) { return fmt::format("{}{}.weight", config.path, name); };
  config.vocabulary = TRY(weights.dim(of("embeddings.word_embeddings"), 2, 0));
  config.channels = TRY(weights.dim(of("embeddings.word_embeddings"), 2, 1));
  config.positions = TRY(weights.dim(of("embeddings.position_embeddings"), 2, 0));
  config.types = TRY(weights.dim(of("embeddings.token_type_embeddings"), 2, 0));
  if (config.types == 1) {
    return fail(Code::kUnimplemented,
                "an encoder with one type of token is a RoBERTa, which counts positions from behind its padding: only "
                "BERT is converted from weights; export the model with torch.export and convert that");
  }
  config.layers = count_tensors(weights, config.path + "encoder.layer.", ".attention.self.query.weight");
  config.heads = TRY(attention_heads(options.heads, config.channels, kMiniLmHeads));
  config.mlp = TRY(weights.dim(of("encoder.layer.0.intermediate.dense"), 2, 0));
  return config;
}

Facts describe(const BertConfig& config) {
  return {{"vocabulary", fmt::format("{} tokens", config.vocabulary)},
          {"longest text", fmt::format("{} tokens", config.positions)},
          {"channels", fmt::format("{}", config.channels)},
          {"layers", fmt::format("{}", config.layers)},
          {"heads", fmt::format("{}", config.heads)},
          {"MLP", fmt::format("{} channels", config.mlp)}};
}

/// [batch, sequence, last...]
TensorSpec of_tokens(std::string name, DType dtype, const std::vector<std::int64_t>& last = {}) {
  TensorSpec spec = batched(std::move(name), last, dtype);
  spec.shape.dims.insert(spec.shape.dims.begin() + 1, Dim::symbol("sequence"));
  return spec;
}

struct Inputs {
  std::string ids, mask, types;
};

Result<std::string> table(Build build, const BertConfig& config, std::string_view name, std::int64_t rows) {
  const std::string path = fmt::format("{}embeddings.{}.weight", config.path, name);
  Tensor values = TRY(build.weights.take(path, {rows, config.channels}));
  return build.graph.weight(path, std::move(values));
}

/// The sum of what stands for the word, its place and its type, normalized.
Result<std::string> embed(Build build, const BertConfig& config, const Inputs& inputs) {
  GraphBuilder& graph = build.graph;
  const std::string path = config.path + "embeddings";
  const std::string words = TRY(table(build, config, "word_embeddings", config.vocabulary));
  const std::string places = TRY(table(build, config, "position_embeddings", config.positions));
  const std::string kinds = TRY(table(build, config, "token_type_embeddings", config.types));
  const std::string word = graph.add("Gather", {words, inputs.ids}, path + ".word");
  const std::string kind = graph.add("Gather", {kinds, inputs.types}, path + ".type");
  const std::string sizes = graph.add("Shape", {inputs.ids}, path + ".sizes");
  const std::string length = graph.add("Gather", {sizes, graph.integers(path + ".axis", {1})}, path + ".length");
  const std::string zero = graph.integers(path + ".zero", {0});
  const std::string place = graph.add("Slice", {places, zero, length, zero}, path + ".position");
  const std::string typed = graph.add("Add", {word, kind}, path + ".typed");
  const std::string sum = graph.add("Add", {typed, place}, path + ".sum");
  return layer_norm(build, sum, {.path = path + ".LayerNorm", .epsilon = kBertEpsilon}, config.channels);
}

/// What is added to the scores of tokens that the mask leaves out: float32 [batch, 1, 1, sequence].
std::string hide(Build build, const std::string& kept) {
  GraphBuilder& graph = build.graph;
  const std::string left = graph.add("Sub", {graph.scalar("mask.one", 1.0F), kept}, "mask.left_out");
  const std::string least = graph.scalar("mask.least", std::numeric_limits<float>::lowest());
  const std::string scores = graph.add("Mul", {left, least}, "mask.scores");
  return graph.add("Unsqueeze", {scores, graph.integers("mask.axes", {1, 2})}, "mask");
}

/// A sublayer's answer added to what went in, normalized behind it.
Result<std::string> add_and_norm(Build build, const BertConfig& config, const std::array<std::string, 2>& values,
                                 const std::string& path) {
  const std::string sum = build.graph.add("Add", {values[0], values[1]}, path + ".residual");
  return layer_norm(build, sum, {.path = path + ".LayerNorm", .epsilon = kBertEpsilon}, config.channels);
}

Result<std::string> encoder_layer(Build build, const BertConfig& config, const std::array<std::string, 2>& inputs,
                                  std::int64_t layer) {
  const auto& [tokens, mask] = inputs;
  const std::string path = fmt::format("{}encoder.layer.{}", config.path, layer);
  const std::string self = path + ".attention.self.";
  const std::string attended = TRY(self_attention(build, tokens,
                                                  {.path = path + ".attention",
                                                   .channels = config.channels,
                                                   .heads = config.heads,
                                                   .separate = {self + "query", self + "key", self + "value"},
                                                   .out = path + ".attention.output.dense",
                                                   .added = {mask}}));
  const std::string middle = TRY(add_and_norm(build, config, {attended, tokens}, path + ".attention.output"));
  std::string x = TRY(
      linear(build, middle, {.path = path + ".intermediate.dense", .inputs = config.channels, .outputs = config.mlp}));
  x = activate(build, x, Activation::kGelu, path + ".intermediate.gelu");
  x = TRY(linear(build, x, {.path = path + ".output.dense", .inputs = config.mlp, .outputs = config.channels}));
  return add_and_norm(build, config, {x, middle}, path + ".output");
}

/// The mean of the tokens that the mask keeps: float32 [batch, channels].
std::string mean_of_kept(Build build, const std::string& tokens, const std::string& kept) {
  GraphBuilder& graph = build.graph;
  const std::string one = graph.integers("pooling.axis", {1});
  const std::string row = graph.add("Unsqueeze", {kept, one}, "pooling.kept");  // [batch, 1, sequence]
  const std::string product = graph.add("MatMul", {row, tokens}, "pooling.product");
  const std::string sum = graph.add("Squeeze", {product, one}, "pooling.sum");
  const std::string count = graph.add("ReduceSum", {kept, one}, "pooling.count");
  const std::string some = graph.add("Max", {count, graph.scalar("pooling.least", 1e-9F)}, "pooling.divisor");
  return graph.add("Div", {sum, some}, "pooling.mean");
}

/// tanh of a layer over the first token, where the checkpoint has it.
Status add_pooler(Build build, const BertConfig& config, const std::string& tokens) {
  const std::string path = config.path + "pooler.dense";
  if (!build.weights.has(path + ".weight")) return {};
  GraphBuilder& graph = build.graph;
  constexpr std::array<std::int64_t, 1> kFirst = {0};
  Tensor zero = TRY(Tensor::from<std::int64_t>(Shape{}, kFirst));
  const std::string index = graph.weight(path + ".index", std::move(zero));
  const std::string first = graph.add("Gather", {tokens, index}, path + ".first", attributes("axis", std::int64_t{1}));
  const std::string rows =
      TRY(dense(build, first, {.path = path, .inputs = config.channels, .outputs = config.channels}));
  graph.output(activate(build, rows, Activation::kTanh, path + ".tanh"), batched("pooler_output", {config.channels}));
  return {};
}

/// input_ids, attention_mask, token_type_ids: int64 [batch, sequence] -> last_hidden_state [batch, sequence, channels],
/// sentence_embedding [batch, channels], and pooler_output where the checkpoint has a pooler.
Result<graph::Model> build_bert(Weights& weights, const BertConfig& config) {
  GraphBuilder graph("bert");
  const Build build{graph, weights};
  Inputs inputs;
  inputs.ids = graph.input(of_tokens("input_ids", DType::kInt64));
  inputs.mask = graph.input(of_tokens("attention_mask", DType::kInt64));
  inputs.types = graph.input(of_tokens("token_type_ids", DType::kInt64));
  constexpr std::int64_t kFloat = 1;  // of ONNX's TensorProto.DataType
  const std::string kept = graph.add("Cast", {inputs.mask}, "mask.kept", attributes("to", kFloat));
  const std::string mask = hide(build, kept);
  std::string x = TRY(embed(build, config, inputs));
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    x = TRY(encoder_layer(build, config, {x, mask}, layer));
  }
  const std::string mean = mean_of_kept(build, x, kept);
  TRY(add_pooler(build, config, x));
  graph.output(x, of_tokens("last_hidden_state", DType::kFloat32, {config.channels}));
  graph.output(mean, batched("sentence_embedding", {config.channels}));
  return std::move(graph).finish();
}

}  // namespace

const Network kBert = {
    .name = "BERT encoder",
    .arch = "bert",
    .matches = is_bert,
    .facts = [](const Weights& weights, const ConvertOptions& options) -> Result<Facts> {
      return describe(TRY(infer_bert(weights, options)));
    },
    .convert = [](Weights& weights, const ConvertOptions& options, const Checkpoint&) -> Result<Conversion> {
      const BertConfig config = TRY(infer_bert(weights, options));
      Conversion conversion;
      conversion.task = "embedding";
      conversion.facts = describe(config);
      graph::Model model = TRY(build_bert(weights, config));
      conversion.models.push_back({"", std::move(model)});
      weights.leave("cls.");  // guesses words and the order of sentences, which only training needs
      return conversion;
    },
};

}  // namespace tandem::convert
