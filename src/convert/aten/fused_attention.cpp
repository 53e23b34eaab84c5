// SPDX-License-Identifier: Apache-2.0
// nn.MultiheadAttention and nn.TransformerEncoderLayer as PyTorch fuses them in evaluation: one call for all of it,
// taken apart.
#include <cmath>
#include <optional>
#include <vector>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// A linear layer, its weights by the names of the arguments.
Result<Value> projected(Operation& operation, const Value& input, std::string_view weight, std::string_view bias) {
  const Value matrix = TRY(operation.tensor(weight));
  if (matrix.rank() != 2) return operation.wrong("a weight of 2 dimensions");
  return typed(TRY(linear(operation, input.name, matrix, TRY(operation.tensor(bias)))), input.dtype());
}

Result<Value> layer_normalized(Operation& operation, const Value& input, std::string_view weight,
                               std::string_view bias) {
  const std::string scale = TRY(operation.tensor(weight)).name;
  const std::string shift = TRY(operation.tensor(bias)).name;
  const auto epsilon = static_cast<float>(TRY(operation.real("eps")));
  return typed(operation.add("LayerNormalization", {input.name, scale, shift},
                             attributes("axis", std::int64_t{-1}, "epsilon", epsilon)),
               input.dtype());
}

/// [batch, sequence, heads * width] to [batch, heads, sequence, width]
std::string split_heads(Operation& operation, const std::string& value, std::int64_t heads) {
  const std::string apart = operation.add("Reshape", {value, operation.integers_value({0, 0, heads, -1})});
  return transpose(operation, apart, {0, 2, 1, 3});
}

/// -inf where the mask, a bool, is set. mask_type 0: [sequence, sequence]; 1: padding, [batch, sequence]; 2: [batch,
/// heads, sequence, sequence].
Result<std::string> hide_masked(Operation& operation, std::string scores, DType dtype) {
  const auto mask = TRY(operation.optional_tensor("mask"));
  if (!mask) return scores;
  if (mask->dtype() != DType::kBool) return operation.refuse("the mask must be of bool");
  const bool padding = operation.given("mask_type") && TRY(operation.integer("mask_type")) == 1;
  const std::string where = padding ? unsqueeze(operation, mask->name, {1, 2}) : mask->name;
  const std::string hidden = TRY(number(operation, -std::numeric_limits<double>::infinity(), dtype));
  return operation.add("Where", {where, hidden, scores});
}

struct Attended {
  std::string value;    // [batch, sequence, channels]
  std::string weights;  // [batch, heads, sequence, sequence]
};

/// softmax(q k^T / sqrt(width) + mask) v of each head, projected. `input` is query, key and value.
Result<Attended> attend(Operation& operation, const Value& input, std::int64_t heads) {
  const std::int64_t channels = TRY(operation.integer("embed_dim"));
  if (heads < 1 || channels < heads || channels % heads != 0) return operation.wrong("channels that heads divide");
  const Value joined = TRY(projected(operation, input, "qkv_weight", "qkv_bias"));
  const auto parts =
      operation.add_many("Split", {joined.name, operation.integers_value({channels, channels, channels})}, 3,
                         attributes("axis", std::int64_t{-1}));
  const Value query = typed(split_heads(operation, parts[0], heads), input.dtype());
  const std::string key = transpose(operation, split_heads(operation, parts[1], heads), {0, 1, 3, 2});
  const double scale = 1 / std::sqrt(static_cast<double>(channels / heads));
  const std::string scaled = TRY(with_number(operation, "Mul", query, scale));
  const std::string scores = TRY(hide_masked(operation, operation.add("MatMul", {scaled, key}), input.dtype()));
  Attended attended;
  attended.weights = operation.add("Softmax", {scores}, attributes("axis", std::int64_t{-1}));
  const std::string seen = operation.add("MatMul", {attended.weights, split_heads(operation, parts[2], heads)});
  const std::string together = transpose(operation, seen, {0, 2, 1, 3});
  const std::string flat = operation.add("Reshape", {together, operation.integers_value({0, 0, channels})});
  attended.value = TRY(projected(operation, typed(flat, input.dtype()), "proj_weight", "proj_bias")).name;
  return attended;
}

Status lower_native_attention(Operation& operation) {
  const Value query = TRY(operation.tensor("query"));
  for (const std::string_view other : {"key", "value"}) {
    if (TRY(operation.tensor(other)).name != query.name) {
      return operation.refuse("query, key and value must be one tensor");
    }
  }
  if (query.rank() != 3) return operation.wrong("a query of 3 dimensions");
  const Attended attended = TRY(attend(operation, query, TRY(operation.integer("num_head"))));
  if (operation.wanted(1) && TRY(operation.flag("need_weights"))) {
    const bool average = TRY(operation.flag("average_attn_weights"));
    TRY(operation.output(average ? reduce(operation, "ReduceMean", attended.weights, {1}, false) : attended.weights,
                         1));
  }
  return operation.output(attended.value);
}

Result<Value> hidden_units(Operation& operation, const Value& value) {
  if (!TRY(operation.flag("use_gelu"))) return typed(operation.add("Relu", {value.name}), value.dtype());
  return typed(TRY(gelu(operation, value)), value.dtype());
}

/// Attention and two linear layers, each added to what went in; normalized before (norm_first) or behind.
Status lower_encoder_layer(Operation& operation) {
  const Value source = TRY(operation.tensor("src"));
  if (source.rank() != 3) return operation.wrong("a source of 3 dimensions");
  const bool first = TRY(operation.flag("norm_first"));
  const auto plus = [&](const std::string& a, const Value& b) {
    return typed(operation.add("Add", {a, b.name}), source.dtype());
  };
  Value value = source;
  if (first) value = TRY(layer_normalized(operation, value, "norm_weight_1", "norm_bias_1"));
  value = plus(TRY(attend(operation, value, TRY(operation.integer("num_heads")))).value, source);
  if (!first) value = TRY(layer_normalized(operation, value, "norm_weight_1", "norm_bias_1"));
  const Value middle = value;
  if (first) value = TRY(layer_normalized(operation, value, "norm_weight_2", "norm_bias_2"));
  value = TRY(hidden_units(operation, TRY(projected(operation, value, "ffn_weight_1", "ffn_bias_1"))));
  value = plus(TRY(projected(operation, value, "ffn_weight_2", "ffn_bias_2")).name, middle);
  if (!first) value = TRY(layer_normalized(operation, value, "norm_weight_2", "norm_bias_2"));
  return operation.output(value.name);
}

constexpr Operator kFusedAttentionOperators[] = {
    {"_native_multi_head_attention", lower_native_attention},
    {"_transformer_encoder_layer_fwd", lower_encoder_layer},
};

}  // namespace

std::span<const Operator> fused_attention_operators() { return kFusedAttentionOperators; }

}  // namespace tandem::convert::aten
