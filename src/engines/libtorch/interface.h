// SPDX-License-Identifier: Apache-2.0
// What a TorchScript network's inputs and outputs are. Its file has names only: the rest is what it was traced with,
// what a person says, and what it gave when it was tried.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/shape.h"
#include "core/tensor_spec.h"
#include "engine/input_hint.h"

namespace tandem::libtorch {

/// An argument of forward, self left out.
struct Argument {
  std::string name;
  std::string type;         // as TorchScript writes it, for messages
  std::size_t tensors = 0;  // that it takes: 1, of a tuple the number of its items, 0: it is made of something else
  bool is_tuple = false;
  bool has_default = false;
};

struct Inputs {
  std::vector<TensorSpec> specs;
  /// One for each input: the sizes of the trace where it has as many dimensions; 1 else.
  std::vector<Shape> tried;
  std::size_t arguments = 0;  // that are given; those behind keep their defaults
};

/// traced  dtypes and shapes of the inputs, nameless; may be empty
/// hints   go before the trace
/// Errors: invalid_argument (an input of which nobody says the shape, a hint for none), unimplemented (an argument that
/// takes no tensors).
Result<Inputs> name_inputs(std::span<const Argument> arguments, std::span<const TensorSpec> traced,
                           std::span<const InputHint> hints);

/// How often a network may be tried until it takes what it is given.
inline constexpr std::size_t kTrials = 4;

/// The inputs' shapes for a trial: fixed sizes, those of the trace, 1 for open first dimensions and something that
/// grows with `trial` for other open ones.
std::vector<Shape> trial_shapes(const Inputs& inputs, std::size_t trial);
/// The same with every open size doubled.
std::vector<Shape> doubled_shapes(const Inputs& inputs, std::vector<Shape> shapes);

/// An output as it came.
struct GivenOutput {
  std::string name;  // of a dict or a named tuple; "" else
  DType dtype = DType::kUndefined;
  Shape shape;

  friend bool operator==(const GivenOutput&, const GivenOutput&) = default;
};

/// first    what the trial gave
/// second   what another one with other values and the open sizes doubled gave; nothing when it failed
/// open     whether an input has open sizes
/// Sizes that are not the same are open; all are when the second trial failed although sizes are open.
/// Errors: invalid_argument (no output, or as many as depend on the values of inputs).
Result<std::vector<TensorSpec>> name_outputs(const std::vector<GivenOutput>& first,
                                             const std::optional<std::vector<GivenOutput>>& second, bool open);

}  // namespace tandem::libtorch
