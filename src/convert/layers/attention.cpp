// SPDX-License-Identifier: Apache-2.0
// Attention as MatMul and Softmax, in the order of nodes that runtimes fuse.
#include "convert/layers/attention.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "convert/layers/join.h"
#include "convert/layers/linear.h"

namespace tandem::convert {
namespace {

enum Part : std::size_t { kQuery, kKey, kValue };
constexpr std::array<std::string_view, 3> kPartNames = {"query", "key", "value"};

/// Weight and bias of query, key and value, whichever way the checkpoint has them.
Result<std::vector<Projection>> projections(Build build, const AttentionLayer& layer) {
  const std::int64_t channels = layer.channels;
  std::vector<Projection> parts(3);
  Tensor weight;
  Tensor bias;
  if (!layer.packed.empty()) {
    weight = TRY(build.weights.take(layer.packed + "weight", {3 * channels, channels}));
    if (layer.bias) bias = TRY(build.weights.take(layer.packed + "bias", {3 * channels}));
  }
  for (std::size_t part = 0; part < parts.size(); ++part) {
    const std::int64_t begin = static_cast<std::int64_t>(part) * channels;
    parts[part].path = fmt::format("{}.{}", layer.path, kPartNames[part]);
    if (!layer.packed.empty()) {
      parts[part].weight = weight.rows(begin, channels);
      if (layer.bias) parts[part].bias = bias.rows(begin, channels);
      continue;
    }
    const std::string& path = layer.separate[part];
    parts[part].weight = TRY(build.weights.take(path + ".weight", {channels, channels}));
    if (layer.bias) parts[part].bias = TRY(build.weights.take(path + ".bias", {channels}));
  }
  if (!layer.key_bias) parts[kKey].bias = {};
  return parts;
}

/// Each token's vector of a head divided by its length.
std::string normalized(Build build, const std::string& input, std::int64_t axis, const std::string& path) {
  return build.graph.add("LpNormalization", {input}, path, attributes("axis", axis, "p", std::int64_t{2}));
}

/// The axes [..., tokens, heads, d] in the order [..., heads, tokens, d], or [..., heads, d, tokens] for keys.
std::vector<std::int64_t> head_order(std::size_t leading, bool key) {
  std::vector<std::int64_t> order(leading + 3);
  std::iota(order.begin(), order.end(), 0);
  const auto tokens = static_cast<std::int64_t>(leading);
  order[leading] = tokens + 1;
  order[leading + 1] = key ? tokens + 2 : tokens;
  order[leading + 2] = key ? tokens : tokens + 2;
  return order;
}

/// Keeps the leading axes and the tokens, and makes `last` of what follows.
std::vector<std::int64_t> keeping(std::size_t leading, std::initializer_list<std::int64_t> last) {
  std::vector<std::int64_t> sizes(leading + 1, 0);
  sizes.insert(sizes.end(), last);
  return sizes;
}

}  // namespace

Result<std::int64_t> attention_heads(std::optional<std::int64_t> wanted, std::int64_t channels,
                                     std::optional<PublishedHeads> exception) {
  const bool excepted = exception && channels == exception->channels;
  const std::int64_t usual = excepted ? exception->heads : std::max<std::int64_t>(channels / 64, 1);
  const std::int64_t heads = wanted.value_or(usual);
  if (heads > 0 && channels % heads == 0) return heads;
  return invalid_argument(
      fmt::format("{} attention heads do not divide {} channels: give the right number with --heads", heads, channels));
}

Result<std::string> self_attention(Build build, const std::string& tokens, const AttentionLayer& layer) {
  GraphBuilder& graph = build.graph;
  const std::string& path = layer.path;
  const std::int64_t head = layer.channels / TRY(attention_heads(layer.heads, layer.channels));
  std::vector<Projection> parts = TRY(projections(build, layer));
  const bool cosine = !layer.cosine_factor.empty();
  if (!cosine) parts[kQuery].scale = 1 / std::sqrt(static_cast<double>(head));
  const std::string split_shape = graph.integers(path + ".heads", keeping(layer.leading, {layer.heads, head}));
  std::array<std::string, 3> split;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    const std::string projected = TRY(project(build, tokens, parts[part]));
    const std::string heads = graph.add("Reshape", {projected, split_shape}, parts[part].path + ".heads");
    split[part] = transpose(build, heads, head_order(layer.leading, part == kKey), parts[part].path + ".transposed");
  }
  if (cosine) {
    split[kQuery] = normalized(build, split[kQuery], -1, path + ".query.normalized");
    split[kKey] = normalized(build, split[kKey], -2, path + ".key.normalized");
  }
  std::string scores = graph.add("MatMul", {split[kQuery], split[kKey]}, path + ".scores");
  if (cosine) scores = graph.add("Mul", {scores, layer.cosine_factor}, path + ".scores.scaled");
  const std::string added = path + ".scores.added";
  for (const std::string& value : layer.added) scores = graph.add("Add", {scores, value}, added);
  const std::string shares = graph.add("Softmax", {scores}, path + ".softmax", attributes("axis", std::int64_t{-1}));
  const std::string mixed = graph.add("MatMul", {shares, split[kValue]}, path + ".mixed");
  const std::string back = transpose(build, mixed, head_order(layer.leading, false), path + ".merged.transposed");
  const std::string merged = reshape(build, back, keeping(layer.leading, {layer.channels}), path + ".merged");
  return linear(build, merged, {.path = layer.out, .inputs = layer.channels, .outputs = layer.channels});
}

}  // namespace tandem::convert
