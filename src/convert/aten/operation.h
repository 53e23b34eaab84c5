// SPDX-License-Identifier: Apache-2.0
// Operation: one call as the function that lowers it sees it: arguments by name, nodes to append, outputs to give.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/aten/promotion.h"
#include "convert/aten/schema.h"
#include "convert/aten/value.h"
#include "convert/aten/workspace.h"

namespace tandem::convert::aten {

/// What names of the program stand for while a call is lowered.
class Scope {
 public:
  virtual ~Scope() = default;
  /// Errors: invalid_argument (no such name).
  virtual Result<Value> tensor(const std::string& name) = 0;
  virtual Result<Size> size(const std::string& name) = 0;
  /// Whether the name is a number rather than a tensor.
  virtual bool is_size(const std::string& name) const = 0;
  /// A program that a call holds, as a graph inside the one that is being made; `operands` are names of this scope, one
  /// for each of its inputs. Errors: those of lower_program.
  virtual Result<std::unique_ptr<graph::Graph>> inner_graph(const Program& program,
                                                            const std::vector<std::string>& operands) = 0;
};

/// What a call gives for one of its outputs: a value of the graph, or a number.
using Outcome = std::variant<std::monostate, std::string, Size>;

/// Arguments are those of the call or, when it leaves them out, the defaults of its schema. Errors of all readers:
/// invalid_argument when an argument is missing or of another kind, naming call and argument.
class Operation final {
 public:
  /// All are borrowed.
  Operation(const Call& call, const Schema& schema, Scope& scope, Workspace& workspace);

  const Call& call() const { return call_; }
  /// relu_: the result goes where the first argument is.
  bool in_place() const;

  // --- arguments -----------------------------------------------------------------------------------------------
  /// Not None.
  bool given(std::string_view argument) const;
  /// Whether the argument is a tensor and not a number.
  bool is_tensor(std::string_view argument) const;
  /// A tensor; a number becomes a constant of rank 0 with Python's type (int64, float32, bool).
  Result<Value> tensor(std::string_view argument);
  /// The same, with nothing for None.
  Result<std::optional<Value>> optional_tensor(std::string_view argument);
  Result<std::vector<Value>> tensors(std::string_view argument);
  Result<std::vector<std::optional<Value>>> optional_tensors(std::string_view argument);
  Result<std::int64_t> integer(std::string_view argument);
  Result<double> real(std::string_view argument);
  Result<bool> flag(std::string_view argument);
  Result<std::string> text(std::string_view argument);
  Result<Number> number(std::string_view argument);
  /// Nothing for None.
  Result<std::optional<DType>> dtype(std::string_view argument);
  /// One integer where the schema has int[n] stands for n.
  Result<std::vector<std::int64_t>> integers(std::string_view argument);
  Result<std::vector<double>> reals(std::string_view argument);
  /// The same for sizes that the model may compute.
  Result<Size> size(std::string_view argument);
  Result<std::vector<Size>> sizes(std::string_view argument);
  /// An axis of a tensor of that rank, counted from the front. Errors also: it is outside.
  Result<std::int64_t> axis(std::string_view argument, std::int64_t rank);
  Result<std::vector<std::int64_t>> axes(std::string_view argument, std::int64_t rank);
  /// Null when absent and without a default.
  const Argument* argument(std::string_view name) const;

  // --- mixed element types -------------------------------------------------------------------------------------
  /// The arguments, tensors or numbers, all in the type that PyTorch calculates with; numbers become constants.
  Result<std::vector<Value>> promoted(std::initializer_list<std::string_view> arguments);
  /// The number as a constant [] of that type.
  Result<std::string> number_as(std::string_view argument, DType dtype);
  /// The value itself when it is of that type already.
  Value cast(const Value& value, DType dtype);

  // --- nodes ---------------------------------------------------------------------------------------------------
  Workspace& workspace() { return workspace_; }
  /// A node with one output; its name is the module's and the operator's.
  std::string add(std::string_view op_type, std::vector<std::string> inputs, Attributes attributes = {});
  std::vector<std::string> add_many(std::string_view op_type, std::vector<std::string> inputs, std::size_t count,
                                    Attributes attributes = {});
  std::string integers_value(std::vector<std::int64_t> values) { return workspace_.integers(std::move(values)); }
  /// The constant tensor under the module's name.
  std::string constant(std::string_view name, Tensor tensor);
  /// Its size along an axis, known or computed.
  Size size_of(const Value& value, std::int64_t axis);
  std::vector<Size> sizes_of(const Value& value);
  /// int64 [] and int64 [n].
  std::string size_value(const Size& size);
  std::string shape_value(const std::vector<Size>& sizes);
  /// Reshape; at most one size may be -1.
  std::string reshape(const std::string& value, std::vector<Size> sizes);
  /// The matrix with its two axes swapped; a constant stays one.
  Result<std::string> transposed(const Value& matrix);

  /// See Scope.
  Result<std::unique_ptr<graph::Graph>> inner_graph(const Program& program, const std::vector<std::string>& operands) {
    return scope_.inner_graph(program, operands);
  }

  // --- outputs -------------------------------------------------------------------------------------------------
  /// Gives output `index` (in the call's order).
  Status output(std::string value, std::size_t index = 0);
  Status output(const Value& value, std::size_t index = 0) { return output(value.name, index); }
  Status output_size(Size size, std::size_t index = 0);
  /// Whether somebody reads it.
  bool wanted(std::size_t index) const;
  std::size_t output_count() const { return call_.outputs.size(); }
  const std::vector<Outcome>& outcomes() const { return outcomes_; }

  /// The error for a variant that cannot be expressed: "aten.conv2d in layer1: ...".
  tl::unexpected<Error> refuse(std::string_view what) const;
  /// The error for a call that breaks the operator's own rules.
  tl::unexpected<Error> wrong(std::string_view what) const;

 private:
  Result<Size> item_size(const IntegerItem& item);
  Result<Operand> operand(std::string_view argument);
  tl::unexpected<Error> wrong_kind(std::string_view argument, std::string_view expected) const;

  const Call& call_;
  const Schema& schema_;
  Scope& scope_;
  Workspace& workspace_;
  std::vector<Outcome> outcomes_;
};

}  // namespace tandem::convert::aten
