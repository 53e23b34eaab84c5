// SPDX-License-Identifier: Apache-2.0
// Workspace: the graph that a program's calls append to, with the constants and sizes that they share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "convert/aten/value.h"
#include "convert/graph_builder.h"

namespace tandem::convert::aten {

/// Not thread-safe.
class Workspace final {
 public:
  explicit Workspace(std::string graph_name) : graph_(std::move(graph_name)) {}

  GraphBuilder& graph() { return graph_; }
  const GraphBuilder& graph() const { return graph_; }

  /// A constant under a name that says where it comes from. Memory that stands in the graph already is not added again.
  std::string weight(const std::string& path, Tensor tensor);
  /// Small constants; equal ones are one: int64 [n], int64 [], and a number of any type [].
  std::string integers(std::vector<std::int64_t> values);
  std::string integer(std::int64_t value);
  /// Errors: invalid_argument (it does not fit the type), unimplemented (a type without numbers).
  Result<std::string> scalar(Number value, DType dtype);
  /// Null when the value is no constant.
  const Tensor* constant(std::string_view name) const;

  /// A node is of a form that this opset brought; all others are of opset 17 still. See Lowering.
  void need_opset(std::int64_t opset) { opset_ = std::max(opset_, opset); }
  std::int64_t opset() const { return opset_; }

  /// A branch: see GraphBuilder. What `once` made inside is not known outside.
  void open_inner(std::string name);
  std::unique_ptr<graph::Graph> close_inner(std::vector<TensorSpec> outputs);

  /// What `make` gives, made once for each key.
  Result<std::string> once(const std::string& key, const std::function<Result<std::string>()>& make);

 private:
  using Made = std::map<std::string, std::string, std::less<>>;
  using Memory = std::tuple<const void*, DType, std::vector<std::int64_t>>;

  GraphBuilder graph_;
  std::int64_t opset_ = 17;
  std::map<std::string, Tensor, std::less<>> constants_;
  std::map<Memory, std::string> by_memory_;
  Made made_;
  std::vector<Made> made_outside_;  // of the graphs around, the innermost last
};

}  // namespace tandem::convert::aten
