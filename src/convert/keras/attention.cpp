// SPDX-License-Identifier: Apache-2.0
// MultiHeadAttention over sequences: softmax(Q K^T / sqrt(key_dim)) V, per head.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "convert/keras/layer.h"

namespace tandem::convert::keras {
namespace {

struct Attention {
  std::int64_t heads = 0;
  std::int64_t key_size = 0;
  std::int64_t value_size = 0;
  bool bias = true;
};

/// A value of the call by its argument: positions are query, value, key.
const Value* argument(const LayerCall& call, std::string_view position, std::string_view name) {
  for (std::size_t i = 0; i < call.inputs.size() && i < call.call.roles.size(); ++i) {
    if (call.call.roles[i] == position || call.call.roles[i] == name) return &call.inputs[i];
  }
  return nullptr;
}

Status refuse_unknown(const LayerCall& call) {
  const ConfigValue& settings = call.settings();
  for (const std::string_view setting : {"use_gate", "sliding_window"}) {
    if (settings.has(setting) && (settings.at(setting).boolean() == nullptr || *settings.at(setting).boolean())) {
      return fail(Code::kUnimplemented, fmt::format("the setting '{}'", setting));
    }
  }
  static constexpr std::array<std::string_view, 6> kKnown = {"0", "1", "2", "query", "value", "key"};
  for (const std::string& role : call.call.roles) {
    if (std::ranges::count(kKnown, role) == 0)
      return fail(Code::kUnimplemented, fmt::format("the argument '{}'", role));
  }
  if (call.call.named != nullptr && TRY(call.call.named->flag("return_attention_scores", false))) {
    return fail(Code::kUnimplemented, "attention scores as an output");
  }
  if (std::ranges::any_of(call.inputs, [](const Value& value) { return value.masked; })) {
    return fail(Code::kUnimplemented, "attention to masked steps");
  }
  return {};
}

/// One projection: [batch, time, inputs] -> [batch, time, heads * size].
struct Projection {
  std::string part;  // "query"
  std::int64_t size = 0;
};

Result<std::string> project(LayerCall& call, const Value& value, const Attention& attention, const Projection& to) {
  LayerWeights weights = call.weights.part(to.part + "_dense");
  const std::string path = call.path + "." + to.part;
  const std::int64_t columns = attention.heads * to.size;
  Tensor kernel = TRY(weights.take({value.channels(), attention.heads, to.size}));
  const std::string matrix =
      call.graph.weight(path + ".kernel", TRY(std::move(kernel).reshaped({value.channels(), columns})));
  std::string result = call.builder().add("MatMul", {value.name, matrix}, path);
  if (attention.bias) {
    Tensor bias = TRY(weights.take({attention.heads, to.size}));
    const std::string row = call.graph.weight(path + ".bias", TRY(std::move(bias).reshaped({columns})));
    result = call.builder().add("Add", {result, row}, path);
  }
  return result;
}

/// [batch, time, heads * size] with the heads apart, in the order of `perm`.
std::string heads_apart(LayerCall& call, const std::string& value, const Attention& attention, Dims perm) {
  GraphBuilder& builder = call.builder();
  const std::string shape = builder.integers(call.path + ".heads", {0, 0, attention.heads, -1});
  return builder.add("Transpose", {builder.add("Reshape", {value, shape}, value + ".heads")}, value + ".heads_first",
                     attributes("perm", std::move(perm)));
}

/// 0 where a step may look, a large negative number where it may not: at later steps.
Result<std::string> causal_mask(LayerCall& call, std::int64_t queries, std::int64_t keys) {
  if (queries < 1 || keys < 1 || queries * keys > (std::int64_t{1} << 24)) {
    return fail(Code::kUnimplemented, "a causal mask over a number of steps that is not known");
  }
  std::vector<float> mask(static_cast<std::size_t>(queries * keys), 0.0F);
  for (std::int64_t query = 0; query < queries; ++query) {
    for (std::int64_t key = query + 1; key < keys; ++key) mask[static_cast<std::size_t>(query * keys + key)] = -1e9F;
  }
  return call.graph.weight(call.path + ".causal_mask", {queries, keys}, mask);
}

Result<std::vector<Value>> build_multi_head_attention(LayerCall& call) {
  for (Value& value : call.inputs) {
    value = call.graph.in_keras_order(value);
    if (value.rank() != 3 || value.channels() < 1)
      return fail(Code::kUnimplemented, "attention over values that are no sequences");
  }
  TRY(refuse_unknown(call));
  const Value* query = argument(call, "0", "query");
  const Value* value = argument(call, "1", "value");
  const Value* key = argument(call, "2", "key");
  if (query == nullptr || value == nullptr) return invalid_argument("a query and a value are expected");
  if (key == nullptr) key = value;
  const ConfigValue& settings = call.settings();
  Attention attention;
  attention.heads = TRY(settings.positive("num_heads"));
  attention.key_size = TRY(settings.positive("key_dim"));
  attention.value_size = TRY(settings.integer("value_dim", attention.key_size));
  attention.bias = TRY(settings.flag("use_bias", true));
  if (attention.heads * std::max(attention.key_size, attention.value_size) > (std::int64_t{1} << 31)) {
    return invalid_argument("the heads are too large");
  }
  GraphBuilder& builder = call.builder();
  const std::string q = TRY(project(call, *query, attention, {"query", attention.key_size}));
  const std::string k = TRY(project(call, *key, attention, {"key", attention.key_size}));
  const std::string v = TRY(project(call, *value, attention, {"value", attention.value_size}));
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(attention.key_size)));
  const std::string scaled =
      builder.add("Mul", {q, builder.scalar(call.path + ".scale", scale)}, call.path + ".scaled");
  std::string scores = builder.add(
      "MatMul", {heads_apart(call, scaled, attention, {0, 2, 1, 3}), heads_apart(call, k, attention, {0, 2, 3, 1})},
      call.path + ".scores");
  if (call.call.named != nullptr && TRY(call.call.named->flag("use_causal_mask", false))) {
    const std::string mask = TRY(causal_mask(call, query->dims[1], key->dims[1]));
    scores = builder.add("Add", {scores, mask}, call.path + ".causal");
  }
  const std::string shares =
      builder.add("Softmax", {scores}, call.path + ".shares", attributes("axis", std::int64_t{-1}));
  const std::string context =
      builder.add("MatMul", {shares, heads_apart(call, v, attention, {0, 2, 1, 3})}, call.path + ".context");
  const std::string in_time =
      builder.add("Transpose", {context}, call.path + ".in_time", attributes("perm", Dims{0, 2, 1, 3}));
  const std::int64_t columns = attention.heads * attention.value_size;
  const std::string joined = builder.add("Reshape", {in_time, builder.integers(call.path + ".joined", {0, 0, columns})},
                                         call.path + ".joined");
  LayerWeights weights = call.weights.part("output_dense");
  const std::int64_t outputs =
      settings.has("output_shape") ? TRY(settings.integers("output_shape")).back() : query->channels();
  Tensor kernel = TRY(weights.take({attention.heads, attention.value_size, outputs}));
  const std::string matrix =
      call.graph.weight(call.path + ".output.kernel", TRY(std::move(kernel).reshaped({columns, outputs})));
  Value result = *query;
  result.dims.back() = outputs;
  result.name = builder.add("MatMul", {joined, matrix}, call.path);
  if (attention.bias) {
    const std::string bias = call.graph.weight(call.path + ".output.bias", TRY(weights.take({outputs})));
    result.name = builder.add("Add", {result.name, bias}, call.path);
  }
  return only(std::move(result));
}

constexpr std::array<LayerClass, 1> kAttentionLayers = {{{"MultiHeadAttention", build_multi_head_attention}}};

}  // namespace

std::span<const LayerClass> attention_layers() { return kAttentionLayers; }

}  // namespace tandem::convert::keras
