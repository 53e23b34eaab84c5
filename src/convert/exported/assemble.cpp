// SPDX-License-Identifier: Apache-2.0
// A symbol of the file becomes a named dimension of the model, or a size that somebody asked for.
#include "convert/exported/assemble.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "convert/interface.h"

namespace tandem::convert::exported {
namespace {

using Symbols = std::map<std::string, Dim, std::less<>>;  // symbol of the file -> dimension of the model
using aten::ValueInfo;

/// Inputs, and outputs: a network with a cache for each of its layers has a few hundred.
constexpr std::size_t kMostNames = 4096;

/// What of two names an option may mean: that in the file, and that which it would have without the option.
bool is_called(std::string_view wanted, std::string_view in_file, std::string_view default_name) {
  return wanted == in_file || wanted == default_name;
}

std::vector<std::string> default_input_names(const ExportedProgram& program) {
  std::vector<std::string> names;
  for (const InputSpec& spec : program.inputs) {
    if (spec.kind == InputSpec::Kind::kUser) names.push_back(spec.value);
  }
  if (program.argument_names.size() == names.size()) return program.argument_names;
  return names;
}

std::vector<std::string> default_output_names(const ExportedProgram& program) {
  const auto count =
      static_cast<std::size_t>(std::ranges::count(program.outputs, OutputSpec::Kind::kUser, &OutputSpec::kind));
  if (program.output_names && program.output_names->size() == count) return *program.output_names;
  if (count == 1) return {"output"};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(fmt::format("output_{}", i));
  return names;
}

/// A tensor as the file has it; a number that is computed from sizes is int64 [].
ValueInfo info_of(const ExportedProgram& program, const std::string& value) {
  const auto found = program.values.find(value);
  return found == program.values.end() ? ValueInfo{DType::kInt64, {}, true} : found->second;
}

void list_inputs(const ExportedProgram& program, Interface& interface) {
  const std::vector<std::string> names = default_input_names(program);
  std::size_t leaf = 0;
  for (const InputSpec& spec : program.inputs) {
    if (spec.kind != InputSpec::Kind::kUser) continue;
    interface.input_of_leaf.emplace_back();
    if (!spec.value.empty()) {
      interface.input_of_leaf.back() = interface.inputs.size();
      interface.inputs.push_back({spec.value, names[leaf], info_of(program, spec.value)});
    }
    ++leaf;
  }
}

void list_outputs(const ExportedProgram& program, Interface& interface) {
  const std::vector<std::string> names = default_output_names(program);
  std::size_t index = 0;
  for (const OutputSpec& spec : program.outputs) {
    if (spec.kind != OutputSpec::Kind::kUser) continue;
    if (!spec.value.empty()) interface.outputs.push_back({spec.value, names[index]});
    ++index;
  }
}

/// "batch" for the first axis, else the input and the axis: "image_2".
Symbols default_symbols(const Interface& interface) {
  Symbols symbols;
  std::set<std::string, std::less<>> taken;
  for (const aten::ProgramInput& input : interface.inputs) {
    for (std::size_t axis = 0; axis < input.info.shape.rank(); ++axis) {
      const Dim& dim = input.info.shape.dims[axis];
      if (dim.is_fixed() || dim.name.empty() || symbols.contains(dim.name)) continue;
      std::string name = axis == 0 && !taken.contains("batch") ? "batch" : fmt::format("{}_{}", input.name, axis);
      while (!taken.insert(name).second) name += "_";
      symbols.emplace(dim.name, Dim::symbol(std::move(name)));
    }
  }
  return symbols;
}

std::string inputs_for_people(const Interface& interface) {
  std::vector<std::string> texts;
  for (const aten::ProgramInput& input : interface.inputs) {
    texts.push_back(fmt::format("{}{}", input.name, to_string(input.info.shape)));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// Gives the symbols of one input the sizes that were asked for.
Status fix_sizes(const aten::ProgramInput& input, const std::vector<std::int64_t>& wanted, Symbols& symbols) {
  const std::vector<Dim>& dims = input.info.shape.dims;
  const auto contradiction = [&] {
    return invalid_argument(fmt::format(
        "the input '{}' was exported as {}, which {} does not fit; export it with other sizes or with dynamic_shapes",
        input.name, to_string(input.info.shape), to_string(Shape(wanted))));
  };
  if (wanted.size() != dims.size()) return contradiction();
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    if (dims[axis].is_fixed() ? wanted[axis] != dims[axis].size : wanted[axis] < -1) return contradiction();
    if (dims[axis].is_fixed() || wanted[axis] == -1) continue;
    Dim& dim = symbols[dims[axis].name];
    if (dim.is_fixed() && dim.size != wanted[axis]) return contradiction();
    dim = Dim::fixed(wanted[axis]);
  }
  return {};
}

Status apply_shapes(const Interface& interface, const ConvertOptions& options, Symbols& symbols) {
  for (const auto& [given, shape] : options.input_shapes) {
    const std::string& name = given;
    const auto found = std::ranges::find_if(
        interface.inputs, [&](const aten::ProgramInput& input) { return is_called(name, input.value, input.name); });
    if (found == interface.inputs.end()) {
      return invalid_argument(
          fmt::format("the network has no input '{}'; it has {}", name, inputs_for_people(interface)));
    }
    TRY(fix_sizes(*found, shape, symbols));
  }
  return {};
}

Status apply_dims(const ConvertOptions& options, Symbols& symbols) {
  for (const auto& [given, after] : options.dims) {
    const std::string& before = given;
    const auto found = std::ranges::find_if(
        symbols, [&](const auto& symbol) { return is_called(before, symbol.first, symbol.second.name); });
    if (found == symbols.end()) {
      std::vector<std::string> known;
      for (const auto& [symbol, dim] : symbols) known.push_back(fmt::format("{} ({})", dim.name, symbol));
      return invalid_argument(fmt::format("the network has no dynamic dimension '{}'; it has {}", before,
                                          known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
    }
    if (!found->second.is_fixed()) found->second = dim_from(after);
  }
  return {};
}

Status apply_names(const ConvertOptions& options, Interface& interface) {
  for (const auto& [given, wanted] : options.names) {
    const std::string& before = given;
    const std::string& after = wanted;
    bool found = false;
    const auto rename = [&](auto& entries) {
      for (auto& entry : entries) {
        if (!is_called(before, entry.value, entry.name) || found) continue;
        entry.name = after;
        found = true;
      }
    };
    rename(interface.inputs);
    rename(interface.outputs);
    if (!found) return invalid_argument(fmt::format("the network has no input or output '{}'", before));
  }
  return {};
}

void rename_dims(const Symbols& symbols, ValueInfo& info) {
  for (Dim& dim : info.shape.dims) {
    if (dim.is_fixed() || dim.name.empty()) continue;
    if (const auto found = symbols.find(dim.name); found != symbols.end()) dim = found->second;
  }
}

}  // namespace

Result<Interface> name_interface(ExportedProgram& program, const ConvertOptions& options) {
  Interface interface;
  list_inputs(program, interface);
  list_outputs(program, interface);
  if (interface.outputs.empty()) return invalid_argument("the network returns no tensor");
  if (interface.inputs.size() > kMostNames || interface.outputs.size() > kMostNames) {
    return fail(Code::kResourceExhausted, fmt::format("the network has more than {} inputs or outputs", kMostNames));
  }
  Symbols symbols = default_symbols(interface);
  TRY(apply_shapes(interface, options, symbols));
  TRY(apply_dims(options, symbols));
  TRY(apply_names(options, interface));
  for (auto& [name, info] : program.values) rename_dims(symbols, info);
  for (aten::ProgramInput& input : interface.inputs) rename_dims(symbols, input.info);
  return interface;
}

Result<aten::Program> assemble(ExportedProgram& program, const Interface& interface, ProgramTensors& tensors) {
  aten::Program made;
  made.name = program.network;
  made.inputs = interface.inputs;
  made.outputs = interface.outputs;
  made.calls = std::move(program.calls);
  made.values = std::move(program.values);
  for (const InputSpec& spec : program.inputs) {
    if (spec.kind == InputSpec::Kind::kUser) continue;
    const TensorKind kind = spec.kind == InputSpec::Kind::kWeight ? TensorKind::kWeights : TensorKind::kConstants;
    Tensor tensor = TRY(tensors.take(kind, spec.path));
    made.weights.push_back({spec.value, spec.path, std::move(tensor)});
  }
  return made;
}

}  // namespace tandem::convert::exported
