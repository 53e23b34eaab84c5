// SPDX-License-Identifier: Apache-2.0
// einsum. Products of two tensors that are matrix products become MatMul, which every engine is fast at.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

struct Equation {
  std::vector<std::string> inputs;  // the letters of each
  std::string output;
};

/// "bic,bjc->bij"; spaces are left out. Without "->" the output has the letters that stand once, in their order.
Equation parse(std::string text) {
  std::erase(text, ' ');
  Equation equation;
  const auto arrow = text.find("->");
  std::string left = text.substr(0, arrow);
  for (std::size_t begin = 0; begin <= left.size();) {
    const std::size_t comma = std::min(left.find(',', begin), left.size());
    equation.inputs.push_back(left.substr(begin, comma - begin));
    begin = comma + 1;
  }
  if (arrow != std::string::npos) {
    equation.output = text.substr(arrow + 2);
    return equation;
  }
  std::erase(left, ',');
  if (left.find("...") != std::string::npos) equation.output = "...";
  std::erase(left, '.');
  std::ranges::sort(left);
  for (const char letter : left) {
    if (std::ranges::count(left, letter) == 1) equation.output += letter;
  }
  return equation;
}

std::string as_text(const Equation& equation) {
  return fmt::format("{}->{}", fmt::join(equation.inputs, ","), equation.output);
}

bool has_repeats(std::string letters) {
  std::ranges::sort(letters);
  return std::ranges::adjacent_find(letters) != letters.end();
}

/// The letters by where they stand.
struct Letters {
  std::string batch;  // in all three
  std::string left;   // in the first input and the output
  std::string right;  // in the second input and the output
  std::string inner;  // in both inputs only
};

/// Nothing when the equation is no product of matrices.
std::optional<Letters> as_product(const Equation& equation) {
  if (equation.inputs.size() != 2) return std::nullopt;
  const std::string& first = equation.inputs[0];
  const std::string& second = equation.inputs[1];
  if (first.find('.') != std::string::npos || second.find('.') != std::string::npos) return std::nullopt;
  if (has_repeats(first) || has_repeats(second)) return std::nullopt;
  const auto in = [](const std::string& letters, char letter) { return letters.find(letter) != std::string::npos; };
  Letters found;
  for (const char letter : first) {
    const bool given = in(equation.output, letter);
    if (!in(second, letter) && !given) return std::nullopt;
    (!in(second, letter) ? found.left : given ? found.batch : found.inner) += letter;
  }
  for (const char letter : second) {
    if (in(first, letter)) continue;
    if (!in(equation.output, letter)) return std::nullopt;
    found.right += letter;
  }
  const bool matrices = found.inner.size() == 1 && found.right.size() == 1 &&
                        (found.left.size() == 1 || (found.batch.empty() && !found.left.empty()));
  return matrices ? std::optional(found) : std::nullopt;
}

/// Transposes a tensor with the letters `from` to the order `to`.
std::string ordered(Operation& operation, const std::string& value, const std::string& from, const std::string& to) {
  Integers order;
  for (const char letter : to) order.push_back(static_cast<std::int64_t>(from.find(letter)));
  return transpose(operation, value, std::move(order));
}

Status lower_einsum(Operation& operation) {
  const Equation equation = parse(TRY(operation.text("equation")));
  const auto tensors = TRY(operation.tensors("tensors"));
  if (tensors.size() != equation.inputs.size()) return operation.wrong("as many tensors as the equation names");
  std::vector<std::string> names;
  for (const Value& tensor : tensors) names.push_back(tensor.name);
  const auto letters = as_product(equation);
  if (!letters)
    return operation.output(operation.add("Einsum", std::move(names), attributes("equation", as_text(equation))));
  const std::string left =
      ordered(operation, names[0], equation.inputs[0], letters->batch + letters->left + letters->inner);
  const std::string right =
      ordered(operation, names[1], equation.inputs[1], letters->batch + letters->inner + letters->right);
  const std::string product = operation.add("MatMul", {left, right});
  return operation.output(
      ordered(operation, product, letters->batch + letters->left + letters->right, equation.output));
}

constexpr Operator kEinsumOperators[] = {{"einsum", lower_einsum}};

}  // namespace

std::span<const Operator> einsum_operators() { return kEinsumOperators; }

}  // namespace tandem::convert::aten
