// SPDX-License-Identifier: Apache-2.0
// Products of matrices, and the recurrent networks made of them.
#include <array>
#include <map>
#include <string>
#include <string_view>

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

/// What the operands of an Einsum say: a size for each letter, and those of "...".
struct EinsumSizes {
  std::map<char, Dim> letters;
  std::map<char, int> counts;
  Dims rest;
};

constexpr std::string_view kRest = "...";

bool is_einsum_term(std::string_view term) {
  const auto dots = term.find(kRest);
  for (std::size_t i = 0; i < term.size(); ++i) {
    const bool is_letter = (term[i] >= 'a' && term[i] <= 'z') || (term[i] >= 'A' && term[i] <= 'Z');
    const bool is_rest = dots != std::string_view::npos && i >= dots && i < dots + kRest.size();
    if (!is_letter && !is_rest) return false;
  }
  return true;
}

/// False where the operand cannot be what the term says, or its rank is needed and not known.
bool read_term(std::string_view term, const Dims* dims, EinsumSizes& sizes) {
  const auto dots = term.find(kRest);
  const bool has_rest = dots != std::string_view::npos;
  const std::size_t letters = term.size() - (has_rest ? kRest.size() : 0);
  if (!is_einsum_term(term) || (dims == nullptr && has_rest)) return false;
  if (dims != nullptr && (has_rest ? dims->size() < letters : dims->size() != letters)) return false;
  std::size_t axis = 0;
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (i == dots) {
      const auto begin = dims->begin() + static_cast<std::ptrdiff_t>(axis);
      const std::size_t count = dims->size() - letters;
      sizes.rest = broadcast(sizes.rest, Dims(begin, begin + static_cast<std::ptrdiff_t>(count)));
      axis += count;
      i += kRest.size() - 1;
      continue;
    }
    const Dim dim = dims == nullptr ? Dim{} : (*dims)[axis];
    const auto [known, is_new] = sizes.letters.try_emplace(term[i], dim);
    if (!is_new) known->second = broadcast(known->second, dim);
    ++sizes.counts[term[i]];
    ++axis;
  }
  return true;
}

/// Without an arrow: "..." and the letters that stand once, in their order in the alphabet.
std::string implicit_result(const EinsumSizes& sizes) {
  std::string result(kRest);
  for (const auto& [letter, count] : sizes.counts) {
    if (count == 1) result.push_back(letter);
  }
  return result;
}

void einsum(NodeShapes& node) {
  const auto* given = node.node().attribute<std::string>("equation");
  if (given == nullptr) return;
  std::string equation = *given;
  std::erase(equation, ' ');
  const std::size_t arrow = equation.find("->");
  std::string_view terms = std::string_view(equation).substr(0, arrow);
  EinsumSizes sizes;
  for (std::size_t input = 0; input < node.node().inputs.size(); ++input) {
    const std::size_t comma = terms.find(',');
    if (!read_term(terms.substr(0, comma), node.dims(input), sizes)) return;
    const bool is_last = input + 1 == node.node().inputs.size();
    if (is_last != (comma == std::string_view::npos)) return;
    if (!is_last) terms.remove_prefix(comma + 1);
  }
  const std::string result = arrow == std::string::npos ? implicit_result(sizes) : equation.substr(arrow + 2);
  if (!is_einsum_term(result)) return;
  Dims dims;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i] == '.') {
      dims.insert(dims.end(), sizes.rest.begin(), sizes.rest.end());
      i += kRest.size() - 1;
      continue;
    }
    const auto found = sizes.letters.find(result[i]);
    dims.push_back(found == sizes.letters.end() ? Dim{} : found->second);
  }
  node.set(0, std::move(dims));
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
