// SPDX-License-Identifier: Apache-2.0
// Writing elements at given positions into a copy of a tensor.
#include "convert/aten/index_tensors.h"
#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// What ScatterElements and ScatterND of opset 17 can do with what was there: "" replaces it.
Result<std::string> reduction_of(Operation& operation, const std::string& name) {
  if (name == "add" || name == "sum") return std::string("add");
  if (name == "multiply" || name == "prod") return std::string("mul");
  return operation.refuse("'" + name + "' of what is there and what comes needs opset 18");
}

Attributes reducing(const std::string& reduction) {
  return reduction.empty() ? Attributes() : attributes("reduction", reduction);
}

/// PyTorch takes as much of the source as the index covers.
Result<std::string> covered(Operation& operation, const Value& source, const Value& index) {
  if (source.shape() == index.shape()) return source.name;
  const Integers zeros(static_cast<std::size_t>(index.rank()), 0);
  return operation.add("Slice", {source.name, operation.integers_value(zeros), shape_of(operation, index)});
}

Result<std::string> scattered(Operation& operation, const std::string& source, const std::string& reduction) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  Attributes made = reducing(reduction);
  made["axis"] = axis;
  const Value index = TRY(operation.tensor("index"));
  return operation.add("ScatterElements", {self.name, index.name, source}, std::move(made));
}

Status lower_scatter(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Value index = TRY(operation.tensor("index"));
  const bool reduces = operation.argument("reduce") != nullptr;
  std::string reduction;
  if (operation.call().name == "scatter_add") reduction = "add";
  if (reduces) reduction = TRY(reduction_of(operation, TRY(operation.text("reduce"))));
  if (reduces && operation.argument("include_self") != nullptr && !TRY(operation.flag("include_self"))) {
    return operation.refuse("leaving out what is there is not supported");
  }
  if (operation.argument("src") != nullptr) {
    const Value source = operation.cast(TRY(operation.tensor("src")), self.dtype());
    return operation.output(TRY(scattered(operation, TRY(covered(operation, source, index)), reduction)));
  }
  const std::string value = TRY(operation.number_as("value", self.dtype()));
  const std::string source = operation.add("Expand", {value, shape_of(operation, index)});
  return operation.output(TRY(scattered(operation, source, reduction)));
}

/// A mask alone and one number: that is a choice.
Result<bool> fill_where(Operation& operation, const Value& self, const Value& values) {
  const auto indices = TRY(operation.optional_tensors("indices"));
  if (values.rank() != 0 || TRY(operation.flag("accumulate"))) return false;
  if (indices.size() != 1 || !indices[0] || indices[0]->dtype() != DType::kBool) return false;
  Value mask = *indices[0];
  Integers more;
  for (std::int64_t axis = mask.rank(); axis < self.rank(); ++axis) more.push_back(axis);
  if (!more.empty()) mask.name = unsqueeze(operation, mask.name, more);
  TRY(operation.output(operation.add("Where", {mask.name, operation.cast(values, self.dtype()).name, self.name})));
  return true;
}

Status lower_index_put(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Value values = TRY(operation.tensor("values"));
  if (TRY(fill_where(operation, self, values))) return {};
  const IndexTensors index = TRY(index_tensors(operation, self));
  const std::int64_t rank = index.index_rank + self.rank() - static_cast<std::int64_t>(index.axes);
  const std::string first = transpose(operation, self.name, index.order);
  // The values are broadcast to what indexing would give.
  const std::string there = to_place(operation, operation.add("GatherND", {first, index.indices}), index, rank);
  const std::string wide =
      operation.add("Expand", {operation.cast(values, self.dtype()).name, operation.add("Shape", {there})});
  const std::string rows = from_place(operation, wide, index, rank);
  const std::string written = operation.add("ScatterND", {first, index.indices, rows},
                                            reducing(TRY(operation.flag("accumulate")) ? "add" : ""));
  Integers back(index.order.size());
  for (std::size_t i = 0; i < back.size(); ++i)
    back[static_cast<std::size_t>(index.order[i])] = static_cast<std::int64_t>(i);
  return operation.output(transpose(operation, written, std::move(back)));
}

/// Rows along an axis, replaced by or increased by others.
Status put_rows(Operation& operation, const std::string& rows, const std::string& reduction) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  Value index = operation.cast(TRY(operation.tensor("index")), DType::kInt64);
  if (self.rank() == 0) return operation.refuse("a tensor without dimensions has no rows");
  if (index.rank() == 0) index.name = unsqueeze(operation, index.name, {0});
  Integers order = all_axes(self.rank());
  std::swap(order.front(), order[static_cast<std::size_t>(axis)]);
  const std::string written = operation.add("ScatterND",
                                            {transpose(operation, self.name, order),
                                             unsqueeze(operation, index.name, {-1}), transpose(operation, rows, order)},
                                            reducing(reduction));
  return operation.output(transpose(operation, written, order));
}

Status lower_index_add(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  Value source = operation.cast(TRY(operation.tensor("source")), self.dtype());
  if (TRY(operation.real("alpha")) != 1) {
    const std::string factor = TRY(operation.number_as("alpha", self.dtype()));
    source.name = operation.add("Mul", {source.name, factor});
  }
  return put_rows(operation, source.name, "add");
}

Status lower_index_copy(Operation& operation) { return put_rows(operation, TRY(operation.tensor("source")).name, ""); }

Status lower_index_fill(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Value index = TRY(operation.tensor("index"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  const std::string value = operation.cast(TRY(operation.tensor("value")), self.dtype()).name;
  std::vector<Size> sizes = operation.sizes_of(self);
  if (sizes.empty()) return operation.output(value);
  sizes[static_cast<std::size_t>(axis)] = index.rank() == 0 ? Size{1} : operation.size_of(index, 0);
  return put_rows(operation, operation.add("Expand", {value, operation.shape_value(sizes)}), "");
}

constexpr Operator kScatteringOperators[] = {
    {"_unsafe_index_put", lower_index_put}, {"index_add", lower_index_add},    {"index_copy", lower_index_copy},
    {"index_fill", lower_index_fill},       {"index_put", lower_index_put},    {"scatter", lower_scatter},
    {"scatter_add", lower_scatter},         {"scatter_reduce", lower_scatter},
};

}  // namespace

std::span<const Operator> scattering_operators() { return kScatteringOperators; }

}  // namespace tandem::convert::aten
