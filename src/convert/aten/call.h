// SPDX-License-Identifier: Apache-2.0
// Program: a network as calls of ATen operators by name, the form that every importer of PyTorch's files hands over.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/tensor_spec.h"

namespace tandem::convert::aten {

struct Program;

/// A tensor of the program by its name there. In lists "" stands for None.
struct TensorRef {
  std::string name;
};

/// A number (int, float or bool) by its name in the program, where it is computed from sizes.
struct NumberRef {
  std::string name;
};

using IntegerItem = std::variant<std::int64_t, NumberRef>;

/// std::monostate is None. Devices, layouts and memory formats say nothing about values: importers hand over None.
using Argument = std::variant<std::monostate, bool, std::int64_t, double, std::string, DType, TensorRef, NumberRef,
                              std::vector<TensorRef>, std::vector<IntegerItem>, std::vector<double>, std::vector<bool>,
                              std::shared_ptr<const Program>>;

/// Where in the user's network a call stands, for messages and for the names of nodes.
struct Place {
  std::string module;  // "layer1.0.conv1"; "" for the network itself
  std::string source;  // "resnet.py:92, in forward"; "" when the file does not say
};

/// One call of an operator.
struct Call {
  std::string name;      // without namespace: "conv2d"; "torchvision::nms" for those that are not PyTorch's
  std::string overload;  // "Tensor" of add.Tensor; "" for the default one
  std::vector<std::pair<std::string, Argument>> arguments;  // by name; absent ones have their schema's default
  std::vector<std::string> outputs;                         // lists flattened; "" for one that nobody reads
  Place place;
};

/// What is known of a tensor.
struct ValueInfo {
  DType dtype = DType::kUndefined;
  SymbolicShape shape;     // a dimension's name is a symbol: equal names are equal sizes
  bool contiguous = true;  // false: its strides are known not to be those of its shape
};

struct ProgramInput {
  std::string value;  // its name in the program
  std::string name;   // that of the model's input
  ValueInfo info;
};

struct ProgramWeight {
  std::string value;
  std::string path;  // "layer1.0.conv1.weight"
  Tensor tensor;
};

struct ProgramOutput {
  std::string value;  // of a tensor or of a number
  std::string name;
};

/// Calls stand in an order in which every value is defined before it is used.
struct Program {
  std::string name;
  std::vector<ProgramInput> inputs;
  std::vector<ProgramWeight> weights;
  std::vector<Call> calls;
  std::vector<ProgramOutput> outputs;
  std::map<std::string, ValueInfo, std::less<>> values;  // of what calls return; absent ones are inferred
};

/// "add.Tensor"
std::string full_name(const Call& call);
/// "aten.add.Tensor"; "torchvision::nms" as it is
std::string qualified_name(const Call& call);
/// "aten.add.Tensor in layer1.0 (resnet.py:92, in forward)"
std::string describe(const Call& call);

}  // namespace tandem::convert::aten
