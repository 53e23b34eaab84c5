// SPDX-License-Identifier: Apache-2.0
// Names as tandem convert gives them, so that a network and the ONNX model made of it can be compared.
#include "engines/libtorch/interface.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

namespace tandem::libtorch {
namespace {

/// Networks for images shrink their input up to 32 times, some 64 times.
constexpr std::array<std::int64_t, kTrials> kTrialSizes = {1, 16, 64, 224};

const InputHint* find_hint(std::span<const InputHint> hints, const std::string& name) {
  const auto found = std::ranges::find(hints, name, &InputHint::name);
  return found == hints.end() ? nullptr : &*found;
}

SymbolicShape shape_of(const InputHint& hint) {
  SymbolicShape shape;
  for (std::size_t axis = 0; axis < hint.shape.size(); ++axis) {
    const bool fixed = hint.shape[axis] >= 0;
    const std::string name = axis == 0 ? "batch" : fmt::format("{}_{}", hint.name, axis);
    shape.dims.push_back(fixed ? Dim::fixed(hint.shape[axis]) : Dim::symbol(name));
  }
  return shape;
}

Shape tried_shape(const TensorSpec& spec, const TensorSpec* traced) {
  const auto concrete = traced == nullptr ? std::optional<Shape>() : traced->shape.concrete();
  if (concrete && concrete->rank() == spec.shape.dims.size()) return *concrete;
  return Shape(std::vector<std::int64_t>(spec.shape.dims.size(), 1));
}

Status add_input(const std::string& name, std::span<const TensorSpec> traced, std::span<const InputHint> hints,
                 Inputs& inputs) {
  const std::size_t index = inputs.specs.size();
  const TensorSpec* trace = index < traced.size() ? &traced[index] : nullptr;
  const InputHint* hint = find_hint(hints, name);
  if (hint == nullptr && trace == nullptr) {
    return invalid_argument(
        fmt::format("the file does not say the shape of its input '{0}'. Say it: --input-shape {0}=1x3x224x224 (-1 for "
                    "any size, a type before it where it is not float32: {0}=int64:1x128)",
                    name));
  }
  TensorSpec spec;
  spec.name = name;
  spec.dtype = trace != nullptr ? trace->dtype : DType::kFloat32;
  if (hint != nullptr && hint->dtype != DType::kUndefined) spec.dtype = hint->dtype;
  spec.shape = hint != nullptr ? shape_of(*hint) : trace->shape;
  inputs.tried.push_back(tried_shape(spec, trace));
  inputs.specs.push_back(std::move(spec));
  return {};
}

Status check_hints(const Inputs& inputs, std::span<const InputHint> hints) {
  for (const InputHint& hint : hints) {
    if (std::ranges::find(inputs.specs, hint.name, &TensorSpec::name) != inputs.specs.end()) continue;
    std::vector<std::string> names;
    for (const TensorSpec& spec : inputs.specs) names.push_back(spec.name);
    return invalid_argument(fmt::format("the network has no input '{}'; it has {}", hint.name, fmt::join(names, ", ")));
  }
  return {};
}

bool is_open(const TensorSpec& spec, std::size_t axis) { return !spec.shape.dims[axis].is_fixed(); }

SymbolicShape merged_shape(const Shape& first, const Shape* second, bool open) {
  SymbolicShape shape;
  shape.unknown_rank = second != nullptr && second->rank() != first.rank();
  if (shape.unknown_rank) return shape;
  for (std::size_t axis = 0; axis < first.rank(); ++axis) {
    const bool same = second == nullptr ? !open : first[axis] == (*second)[axis];
    shape.dims.push_back(same ? Dim::fixed(first.dims()[axis]) : Dim::symbol(axis == 0 && open ? "batch" : ""));
  }
  return shape;
}

}  // namespace

Result<Inputs> name_inputs(std::span<const Argument> arguments, std::span<const TensorSpec> traced,
                           std::span<const InputHint> hints) {
  Inputs inputs;
  for (const Argument& argument : arguments) {
    const bool asked = find_hint(hints, argument.name) != nullptr || inputs.specs.size() < traced.size();
    if (argument.has_default && !asked) break;
    if (argument.tensors == 0) {
      return fail(Code::kUnimplemented,
                  fmt::format("forward's argument '{}' is of type {}: only tensors and tuples of tensors can be given; "
                              "wrap the network in one whose arguments are",
                              argument.name, argument.type));
    }
    for (std::size_t i = 0; i < argument.tensors; ++i) {
      const std::string name = argument.is_tuple ? fmt::format("{}_{}", argument.name, i) : argument.name;
      TRY(add_input(name, traced, hints, inputs));
    }
    ++inputs.arguments;
  }
  TRY(check_hints(inputs, hints));
  return inputs;
}

std::vector<Shape> trial_shapes(const Inputs& inputs, std::size_t trial) {
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < inputs.specs.size(); ++i) {
    const TensorSpec& spec = inputs.specs[i];
    std::vector<std::int64_t> dims;
    for (std::size_t axis = 0; axis < spec.shape.dims.size(); ++axis) {
      const std::int64_t tried = inputs.tried[i][axis];
      const std::int64_t least = axis == 0 ? 1 : kTrialSizes[std::min(trial, kTrials - 1)];
      dims.push_back(is_open(spec, axis) ? std::max(tried, least) : spec.shape.dims[axis].size);
    }
    shapes.emplace_back(std::move(dims));
  }
  return shapes;
}

std::vector<Shape> doubled_shapes(const Inputs& inputs, std::vector<Shape> shapes) {
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    for (std::size_t axis = 0; axis < shapes[i].rank(); ++axis) {
      if (is_open(inputs.specs[i], axis)) shapes[i][axis] *= 2;
    }
  }
  return shapes;
}

Result<std::vector<TensorSpec>> name_outputs(const std::vector<GivenOutput>& first,
                                             const std::optional<std::vector<GivenOutput>>& second, bool open) {
  if (first.empty()) return invalid_argument("the network returns no tensor");
  if (second && second->size() != first.size()) {
    return invalid_argument(
        fmt::format("how many tensors the network returns depends on its inputs: it gave {}, then {}", first.size(),
                    second->size()));
  }
  std::vector<TensorSpec> specs;
  std::set<std::string> taken;
  for (std::size_t i = 0; i < first.size(); ++i) {
    TensorSpec spec;
    spec.name = first[i].name;
    if (spec.name.empty()) spec.name = first.size() == 1 ? "output" : fmt::format("output_{}", i);
    while (!taken.insert(spec.name).second) spec.name += "_";
    spec.dtype = first[i].dtype;
    spec.shape = merged_shape(first[i].shape, second ? &(*second)[i].shape : nullptr, open);
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace tandem::libtorch
