// SPDX-License-Identifier: Apache-2.0
// ProgramRecorder: collects the calls of a network that is being walked through, and answers what is known of values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "convert/aten/call.h"
#include "convert/aten/lowering.h"
#include "convert/torchscript/script_value.h"
#include "core/tensor_spec.h"

namespace tandem::convert::torchscript {

using NamedArguments = std::vector<std::pair<std::string, aten::Argument>>;

/// Not thread-safe.
class ProgramRecorder final {
 public:
  explicit ProgramRecorder(std::string name) { program_.name = std::move(name); }

  const aten::Program& program() const { return program_; }

  TensorValue input(aten::ProgramInput input);
  void output(std::string value, std::string name) { program_.outputs.push_back({std::move(value), std::move(name)}); }

  /// A tensor of the file; one that is known by its identity already is not added again.
  TensorValue weight(const void* identity, std::string path, Tensor tensor);
  /// A tensor of rank 0 with that number.
  Result<TensorValue> number_tensor(const ScriptValue& number);

  /// Appends a call; `call.outputs` are named here. Returns their names.
  /// Errors: resource_exhausted (more calls than any network has).
  Result<std::vector<std::string>> append(aten::Call call, std::size_t outputs);

  /// What the tensor is, by lowering what was recorded so far. Errors: those of lowering; failed_precondition (its
  /// rank or type cannot be known).
  Result<TensorSpec> describe(const std::string& tensor);
  /// The number when it does not depend on the values of the inputs; nothing otherwise. Errors: those of lowering.
  Result<std::optional<std::int64_t>> known(const std::string& number);

  /// The model. Errors: those of lowering, and unimplemented where a value's type or rank cannot be inferred.
  Result<graph::Model> lower() const;

 private:
  Result<graph::Model> lower_for(const std::string& value);

  aten::Program program_;
  std::map<const void*, std::string> weights_;
  std::map<std::string, TensorSpec, std::less<>> described_;
  std::size_t names_ = 0;
  std::size_t questions_ = 0;
};

/// How lowering learns of values what TorchScript files do not say. One walk through the graph in all.
aten::LoweringOptions inferring_options();

}  // namespace tandem::convert::torchscript
