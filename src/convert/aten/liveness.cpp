// SPDX-License-Identifier: Apache-2.0
// One walk from the last call to the first.
#include "convert/aten/liveness.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace tandem::convert::aten {
namespace {

using Names = std::set<std::string_view>;

void add_names(const Argument& argument, Names& names) {
  if (const auto* tensor = std::get_if<TensorRef>(&argument)) names.insert(tensor->name);
  if (const auto* number = std::get_if<NumberRef>(&argument)) names.insert(number->name);
  if (const auto* tensors = std::get_if<std::vector<TensorRef>>(&argument)) {
    for (const TensorRef& tensor : *tensors) names.insert(tensor.name);
  }
  if (const auto* items = std::get_if<std::vector<IntegerItem>>(&argument)) {
    for (const IntegerItem& item : *items) {
      if (const auto* number = std::get_if<NumberRef>(&item)) names.insert(number->name);
    }
  }
}

}  // namespace

bool is_in_place(const Call& call) { return call.name.ends_with('_') && !call.name.ends_with("__"); }

std::vector<bool> needed_calls(const Program& program) {
  Names wanted;
  for (const ProgramOutput& output : program.outputs) wanted.insert(output.value);
  std::vector<bool> needed(program.calls.size());
  for (std::size_t i = program.calls.size(); i-- > 0;) {
    const Call& call = program.calls[i];
    needed[i] = is_in_place(call) || std::ranges::any_of(call.outputs, [&](const std::string& output) {
                  return !output.empty() && wanted.contains(output);
                });
    if (!needed[i]) continue;
    for (const auto& [name, argument] : call.arguments) add_names(argument, wanted);
  }
  return needed;
}

}  // namespace tandem::convert::aten
