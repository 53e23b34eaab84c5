// SPDX-License-Identifier: Apache-2.0
// Control flow: a call that holds programs becomes a node that holds graphs.
#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

using ProgramArgument = std::shared_ptr<const Program>;

/// What the branches are given: names of the program around them.
Result<std::vector<std::string>> operands_of(const Operation& operation, const Argument& list) {
  std::vector<std::string> names;
  if (const auto* tensors = std::get_if<std::vector<TensorRef>>(&list)) {
    for (const TensorRef& tensor : *tensors) names.push_back(tensor.name);
  } else if (const auto* items = std::get_if<std::vector<IntegerItem>>(&list)) {
    for (const IntegerItem& item : *items) {
      const auto* reference = std::get_if<NumberRef>(&item);
      if (reference == nullptr) return operation.refuse("its branches are given a number");
      names.push_back(reference->name);
    }
  } else if (!std::holds_alternative<std::monostate>(list)) {
    return operation.wrong("what its branches are given is no list");
  }
  return names;
}

/// cond(predicate, program if true, program if false, operands); the file names no argument.
Status lower_cond(Operation& operation) {
  const auto& arguments = operation.call().arguments;
  const bool is_whole = arguments.size() == 4 && std::holds_alternative<ProgramArgument>(arguments[1].second) &&
                        std::holds_alternative<ProgramArgument>(arguments[2].second);
  if (!is_whole) return operation.wrong("a condition, two programs and their operands are expected");
  const Value predicate = operation.cast(TRY(operation.tensor(arguments[0].first)), DType::kBool);
  const std::vector<std::string> operands = TRY(operands_of(operation, arguments[3].second));
  Attributes branches;
  for (const auto& [index, key] : {std::pair(1, "then_branch"), std::pair(2, "else_branch")}) {
    const auto& program = std::get<ProgramArgument>(arguments[static_cast<std::size_t>(index)].second);
    if (program->outputs.size() != operation.output_count())
      return operation.wrong("its branches do not return what it returns");
    branches[key] = TRY(operation.inner_graph(*program, operands));
  }
  const std::size_t count = operation.output_count();
  const std::vector<std::string> results = operation.add_many("If", {predicate.name}, count, std::move(branches));
  for (std::size_t i = 0; i < count; ++i) TRY(operation.output(results[i], i));
  return {};
}

constexpr Operator kControlOperators[] = {
    {"higher_order::cond", lower_cond},
};

}  // namespace

std::span<const Operator> control_operators() { return kControlOperators; }

}  // namespace tandem::convert::aten
