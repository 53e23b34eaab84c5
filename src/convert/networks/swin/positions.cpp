// SPDX-License-Identifier: Apache-2.0
// V2's network has the same answer for every image, so it is worked out here, in double precision.
#include "convert/networks/swin/positions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "convert/networks/swin/windows.h"

namespace tandem::convert {
namespace {

std::string table_name(const std::string& path) { return path + ".relative_position_bias_table"; }
std::string offsets_name(const std::string& path) { return path + ".relative_coords_table"; }

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// W1 [hidden, 2], b1 [hidden], W2 [heads, hidden].
struct OffsetNetwork {
  Tensor first;
  Tensor bias;
  Tensor second;

  double answer(std::span<const float> offset, std::size_t head) const {
    const auto w1 = first.values<float>();
    const auto b1 = bias.values<float>();
    const auto w2 = second.values<float>().subspan(head * b1.size(), b1.size());
    double sum = 0;
    for (std::size_t i = 0; i < b1.size(); ++i) {
      const double hidden = static_cast<double>(w1[2 * i]) * static_cast<double>(offset[0]) +
                            static_cast<double>(w1[2 * i + 1]) * static_cast<double>(offset[1]) +
                            static_cast<double>(b1[i]);
      sum += std::max(hidden, 0.0) * static_cast<double>(w2[i]);
    }
    return sum;
  }
};

Result<Tensor> table_of_network(Weights& weights, const PositionTable& table) {
  const std::int64_t offsets = 2 * table.window - 1;
  const std::string mlp = table.path + ".cpb_mlp";
  const std::int64_t hidden = TRY(weights.dim(mlp + ".0.weight", 2, 0));
  const Tensor coordinates = TRY(weights.take(offsets_name(table.path), {1, offsets, offsets, 2}));
  OffsetNetwork network;
  network.first = TRY(weights.take(mlp + ".0.weight", {hidden, 2}));
  network.bias = TRY(weights.take(mlp + ".0.bias", {hidden}));
  network.second = TRY(weights.take(mlp + ".2.weight", {table.heads, hidden}));
  Tensor result = TRY(Tensor::allocate(DType::kFloat32, {offsets * offsets, table.heads}));
  const auto heads = static_cast<std::size_t>(table.heads);
  const auto values = result.mutable_values<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto offset = coordinates.values<float>().subspan(i / heads * 2, 2);
    values[i] = static_cast<float>(16 * sigmoid(network.answer(offset, i % heads)));
  }
  return result;
}

}  // namespace

bool has_position_table(const Weights& weights, const std::string& path) {
  return weights.has(table_name(path)) || weights.has(offsets_name(path));
}

Result<std::int64_t> window_of(const Weights& weights, const std::string& path) {
  constexpr std::int64_t kLargest = 64;  // the table of token pairs grows with its fourth power; published: 7 to 24
  const bool second = weights.has(offsets_name(path));
  const std::string name = second ? offsets_name(path) : table_name(path);
  const std::int64_t rows = TRY(second ? weights.dim(name, 4, 1) : weights.dim(name, 2, 0));
  const std::int64_t offsets = second ? rows : std::llround(std::sqrt(static_cast<double>(rows)));
  const std::int64_t window = (offsets + 1) / 2;
  const bool fits = offsets % 2 == 1 && (second || offsets * offsets == rows);
  if (fits && window > 1 && window <= kLargest) return window;
  return invalid_argument(fmt::format("'{}' has {} rows: expected {} for a window of 2 to {} tokens a side", name, rows,
                                      second ? "an odd number" : "the square of an odd number", kLargest));
}

Result<std::int64_t> heads_of(const Weights& weights, const std::string& path) {
  if (weights.has(table_name(path))) return weights.dim(table_name(path), 2, 1);
  return weights.dim(path + ".logit_scale", 3, 0);
}

Result<Tensor> take_position_table(Weights& weights, const PositionTable& table) {
  const std::int64_t offsets = 2 * table.window - 1;
  if (weights.has(offsets_name(table.path))) return table_of_network(weights, table);
  return weights.take(table_name(table.path), {offsets * offsets, table.heads});
}

Result<Tensor> take_position_bias(Weights& weights, const PositionTable& table) {
  const std::int64_t tokens = table.window * table.window;
  const Tensor taken = TRY(take_position_table(weights, table));
  Tensor bias = TRY(Tensor::allocate(DType::kFloat32, {table.heads, tokens, tokens}));
  const auto from = taken.values<float>();
  auto to = bias.mutable_values<float>().begin();
  const std::vector<std::int64_t> rows = relative_positions(table.window);
  for (std::int64_t head = 0; head < table.heads; ++head) {
    for (const std::int64_t row : rows) *to++ = from[static_cast<std::size_t>(row * table.heads + head)];
  }
  return bias;
}

Result<Tensor> take_cosine_factor(Weights& weights, const std::string& path, std::int64_t heads) {
  const Tensor logarithms = TRY(weights.take(path + ".logit_scale", {heads, 1, 1}));
  Tensor factors = TRY(Tensor::allocate(DType::kFloat32, {heads, 1, 1}));
  std::ranges::transform(logarithms.values<float>(), factors.mutable_values<float>().begin(), [](float logarithm) {
    return static_cast<float>(std::exp(std::min(static_cast<double>(logarithm), std::log(100.0))));
  });
  return factors;
}

}  // namespace tandem::convert
