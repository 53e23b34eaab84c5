// SPDX-License-Identifier: Apache-2.0
// Products of matrices, and the recurrent networks made of them.
#include <array>
#include <map>

#include "graph/shapes/rules.h"

namespace tandem::graph {
namespace {

void gemm(NodeShapes& node) {
  const Dims* a = node.dims(0);
  const Dims* b = node.dims(1);
  Dims result(2);
  if (a != nullptr && a->size() == 2) result[0] = (*a)[node.node().integer("transA", 0) != 0 ? 1 : 0];
  if (b != nullptr && b->size() == 2) result[1] = (*b)[node.node().integer("transB", 0) != 0 ? 0 : 1];
  node.set(0, std::move(result));
}

/// As numpy.matmul: a missing row or column dimension is added, and taken off again.
void multiply(NodeShapes& node, const Dims* first, const Dims* second) {
  if (first == nullptr || second == nullptr || first->empty() || second->empty()) return;
  Dims a = *first;
  Dims b = *second;
  if (first->size() == 1) a.insert(a.begin(), Dim::fixed(1));
  if (second->size() == 1) b.push_back(Dim::fixed(1));
  Dims result = broadcast(Dims(a.begin(), a.end() - 2), Dims(b.begin(), b.end() - 2));
  if (first->size() > 1) result.push_back(a[a.size() - 2]);
  if (second->size() > 1) result.push_back(b.back());
  node.set(0, std::move(result));
}

void matmul(NodeShapes& node) { multiply(node, node.dims(0), node.dims(1)); }
void quantized_matmul(NodeShapes& node) { multiply(node, node.dims(0), node.dims(3)); }

/// Only the plain form with an arrow and without "...": "bij,bjk->bik".
void einsum(NodeShapes& node) {
  const auto* given = node.node().attribute<std::string>("equation");
  if (given == nullptr) return;
  std::string equation;
  for (const char c : *given) {
    if (c != ' ') equation.push_back(c);
  }
  const std::size_t arrow = equation.find("->");
  if (arrow == std::string::npos || equation.find('.') != std::string::npos) return;
  std::map<char, Dim> sizes;
  std::size_t input = 0;
  std::size_t axis = 0;
  for (std::size_t i = 0; i < arrow; ++i) {
    if (equation[i] == ',') {
      ++input;
      axis = 0;
      continue;
    }
    const Dims* dims = node.dims(input);
    const Dim dim = dims != nullptr && axis < dims->size() ? (*dims)[axis] : Dim{};
    const auto [known, is_new] = sizes.try_emplace(equation[i], dim);
    if (!is_new) known->second = broadcast(known->second, dim);
    ++axis;
  }
  Dims result;
  for (std::size_t i = arrow + 2; i < equation.size(); ++i) {
    const auto found = sizes.find(equation[i]);
    result.push_back(found == sizes.end() ? Dim{} : found->second);
  }
  node.set(0, std::move(result));
}

/// X: [steps, batch, size] (layout 0); Y: [steps, directions, batch, hidden]; its last states: [directions, batch,
/// hidden].
void recurrent(NodeShapes& node) {
  const Dims* input = node.dims(0);
  const bool batch_first = node.node().integer("layout", 0) != 0;
  const auto* direction = node.node().attribute<std::string>("direction");
  const Dim directions = Dim::fixed(direction != nullptr && *direction == "bidirectional" ? 2 : 1);
  Dim hidden = sized(node.node().integer("hidden_size", -1));
  if (const Dims* recurrence = node.dims(2); !hidden.is_fixed() && recurrence != nullptr && recurrence->size() == 3) {
    hidden = (*recurrence)[2];
  }
  const bool known = input != nullptr && input->size() == 3;
  const Dim steps = known ? (*input)[batch_first ? 1 : 0] : Dim{};
  const Dim batch = known ? (*input)[batch_first ? 0 : 1] : Dim{};
  if (batch_first) {
    node.set(0, {batch, steps, directions, hidden});
    node.set(1, {batch, directions, hidden});
    node.set(2, {batch, directions, hidden});
    return;
  }
  node.set(0, {steps, directions, batch, hidden});
  node.set(1, {directions, batch, hidden});
  node.set(2, {directions, batch, hidden});
}

constexpr std::array<ShapeRule, 8> kProductShapes = {{{"Einsum", einsum},
                                                      {"GRU", recurrent},
                                                      {"Gemm", gemm},
                                                      {"LSTM", recurrent},
                                                      {"MatMul", matmul},
                                                      {"MatMulInteger", matmul},
                                                      {"QLinearMatMul", quantized_matmul},
                                                      {"RNN", recurrent}}};

}  // namespace

std::span<const ShapeRule> product_shape_rules() { return kProductShapes; }

}  // namespace tandem::graph
