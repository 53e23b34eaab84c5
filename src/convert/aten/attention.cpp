// SPDX-License-Identifier: Apache-2.0
// Attention, decomposed into the products and the softmax that engines recognize and fuse.
#include <cmath>
#include <optional>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

struct Heads {
  Value query;  // [..., L, E]
  Value key;    // [..., S, E]
  Value value;  // [..., S, V]
};

/// Each head of key and value serves several heads of the query: they are repeated.
Result<std::string> repeated(Operation& operation, const Value& heads, const Value& query) {
  const std::int64_t have = heads.size(heads.rank() - 3);
  const std::int64_t want = query.size(query.rank() - 3);
  if (have < 1 || want % have != 0) return operation.refuse("the number of heads must be known");
  if (have == want) return heads.name;
  const std::int64_t axis = heads.rank() - 2;
  Integers counts(static_cast<std::size_t>(heads.rank() + 1), 1);
  counts[static_cast<std::size_t>(axis)] = want / have;
  const std::string wide =
      operation.add("Tile", {unsqueeze(operation, heads.name, {axis}), operation.integers_value(counts)});
  std::vector<Size> sizes = operation.sizes_of(heads);
  sizes[static_cast<std::size_t>(heads.rank() - 3)] = Size{want};
  return operation.reshape(wide, std::move(sizes));
}

Result<Heads> heads_of(Operation& operation) {
  Heads heads;
  heads.query = TRY(operation.tensor("query"));
  heads.key = TRY(operation.tensor("key"));
  heads.value = TRY(operation.tensor("value"));
  if (heads.query.rank() < 2 || heads.key.rank() < 2) return operation.wrong("at least two dimensions");
  if (operation.argument("enable_gqa") == nullptr || !TRY(operation.flag("enable_gqa"))) return heads;
  if (heads.query.rank() < 3 || heads.key.rank() < 3) return operation.wrong("heads need three dimensions");
  heads.key.name = TRY(repeated(operation, heads.key, heads.query));
  heads.value.name = TRY(repeated(operation, heads.value, heads.query));
  return heads;
}

/// -inf above the diagonal, 0 elsewhere: [L, S].
Result<std::string> causal_mask(Operation& operation, const Heads& heads) {
  const Size rows = operation.size_of(heads.query, heads.query.rank() - 2);
  const Size columns = operation.size_of(heads.key, heads.key.rank() - 2);
  const double infinity = std::numeric_limits<double>::infinity();
  const std::string hidden = TRY(number(operation, -infinity, DType::kFloat32));
  const std::string full = operation.add("Expand", {hidden, operation.shape_value({rows, columns})});
  const std::string mask =
      operation.add("Trilu", {full, operation.workspace().integer(1)}, attributes("upper", std::int64_t{1}));
  return operation.cast(typed(mask, DType::kFloat32), heads.query.dtype()).name;
}

/// Scores with the mask on them: what must not be seen becomes -inf.
Result<std::string> masked(Operation& operation, std::string scores, const Heads& heads) {
  const DType dtype = heads.query.dtype();
  if (TRY(operation.flag("is_causal"))) {
    const std::string bias = TRY(causal_mask(operation, heads));
    scores = operation.add("Add", {scores, bias});
  }
  const auto mask = TRY(operation.optional_tensor("attn_mask"));
  if (!mask) return scores;
  if (mask->dtype() != DType::kBool) return operation.add("Add", {scores, operation.cast(*mask, dtype).name});
  const double infinity = std::numeric_limits<double>::infinity();
  const std::string seen = TRY(number(operation, 0, dtype));
  const std::string hidden = TRY(number(operation, -infinity, dtype));
  const std::string bias = operation.add("Where", {mask->name, seen, hidden});
  return operation.add("Add", {scores, bias});
}

/// softmax(q k^T / sqrt(E) + mask) v
Status lower_attention(Operation& operation) {
  if (TRY(operation.real("dropout_p")) != 0) {
    return fail(Code::kFailedPrecondition,
                describe(operation.call()) + ": attention with dropout; call model.eval() before the export");
  }
  const Heads heads = TRY(heads_of(operation));
  const std::int64_t width = heads.query.size(heads.query.rank() - 1);
  if (width < 1 && !operation.given("scale")) return operation.refuse("the width of a head must be known");
  const double scale =
      operation.given("scale") ? TRY(operation.real("scale")) : 1 / std::sqrt(static_cast<double>(width));
  const std::string query = TRY(with_number(operation, "Mul", heads.query, scale));
  Integers order = all_axes(heads.key.rank());
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  const std::string key = transpose(operation, heads.key.name, order);
  const std::string scores = TRY(masked(operation, operation.add("MatMul", {query, key}), heads));
  const std::string weights = operation.add("Softmax", {scores}, attributes("axis", std::int64_t{-1}));
  return operation.output(operation.add("MatMul", {weights, heads.value.name}));
}

constexpr Operator kAttentionOperators[] = {
    {"_scaled_dot_product_flash_attention_for_cpu", lower_attention},
    {"scaled_dot_product_attention", lower_attention},
};

}  // namespace

std::span<const Operator> attention_operators() { return kAttentionOperators; }

}  // namespace tandem::convert::aten
