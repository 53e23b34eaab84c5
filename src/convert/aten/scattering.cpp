// SPDX-License-Identifier: Apache-2.0
// Writing elements at given positions into a copy of a tensor.
#include <limits>

#include "convert/aten/index_tensors.h"
#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

Attributes reducing(const std::string& reduction) {
  return reduction.empty() ? Attributes() : attributes("reduction", reduction);
}

/// PyTorch takes as much of the source as the index covers.
Result<std::string> covered(Operation& operation, const Value& source, const Value& index) {
  if (source.shape() == index.shape()) return source.name;
  const Integers zeros(static_cast<std::size_t>(index.rank()), 0);
  return operation.add("Slice", {source.name, operation.integers_value(zeros), shape_of(operation, index)});
}

/// What ScatterElements does with what is there and what comes; "" replaces it. The mean is a sum that is divided.
Result<std::string> reduction_of(Operation& operation) {
  if (operation.call().name == "scatter_add") return std::string("add");
  if (operation.argument("reduce") == nullptr) return std::string();
  const std::string name = TRY(operation.text("reduce"));
  if (name == "add" || name == "sum" || name == "mean") return std::string("add");
  if (name == "multiply" || name == "prod") return std::string("mul");
  if (name != "amax" && name != "amin") return operation.refuse("the reduction '" + name + "' is not known");
  operation.workspace().need_opset(18);
  return std::string(name == "amax" ? "max" : "min");
}

/// The end of what an element type has; of floating point, infinity.
Result<std::string> extreme_of(Operation& operation, DType dtype, bool largest) {
  const double infinity = std::numeric_limits<double>::infinity();
  if (is_floating_point(dtype)) return number(operation, largest ? infinity : -infinity, dtype);
  const auto of = [&](auto zero) -> Result<std::string> {
    using T = decltype(zero);
    const T end = largest ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min();
    return operation.workspace().scalar(std::int64_t{end}, dtype);
  };
  switch (dtype) {
    case DType::kInt64: return of(std::int64_t{});
    case DType::kInt32: return of(std::int32_t{});
    case DType::kInt16: return of(std::int16_t{});
    case DType::kInt8: return of(std::int8_t{});
    case DType::kUint8: return of(std::uint8_t{});
    default: return operation.refuse("the largest and smallest of " + std::string(dtype_name(dtype)));
  }
}

/// The value [] that changes nothing when it is reduced with another one.
Result<std::string> neutral_of(Operation& operation, const std::string& reduction, DType dtype) {
  if (reduction == "add") return number(operation, 0, dtype);
  if (reduction == "mul") return number(operation, 1, dtype);
  return extreme_of(operation, dtype, reduction == "min");
}

/// A scatter along the call's axis to the places of its index.
class Scatter final {
 public:
  static Result<Scatter> of(Operation& operation) {
    const Value self = TRY(operation.tensor("self"));
    Value index = TRY(operation.tensor("index"));
    const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
    return Scatter(operation, std::move(index), axis);
  }

  std::string write(const std::string& into, const std::string& source, const std::string& reduction) const {
    Attributes made = reducing(reduction);
    made["axis"] = axis_;
    return operation_.add("ScatterElements", {into, index_.name, source}, std::move(made));
  }
  /// The value [] in every place.
  std::string write_all(const std::string& into, const std::string& value, const std::string& reduction) const {
    return write(into, operation_.add("Expand", {value, shape_of(operation_, index_)}), reduction);
  }
  const Value& index() const { return index_; }

 private:
  Scatter(Operation& operation, Value index, std::int64_t axis)
      : operation_(operation), index_(std::move(index)), axis_(axis) {}

  Operation& operation_;
  Value index_;
  std::int64_t axis_;
};

/// How many elements make each sum; 1 where there is none.
Result<std::string> counts(Operation& operation, const Scatter& scatter, bool include_self) {
  const Value self = TRY(operation.tensor("self"));
  const std::string one = TRY(number(operation, 1, self.dtype()));
  const std::string first = TRY(number(operation, include_self ? 1 : 0, self.dtype()));
  const std::string begin = operation.add("Expand", {first, shape_of(operation, self)});
  const std::string counted = scatter.write_all(begin, one, "add");
  return include_self ? counted : operation.add("Max", {counted, one});
}

Status lower_scatter_reduce(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const bool include_self = TRY(operation.flag("include_self"));
  const bool is_mean = TRY(operation.text("reduce")) == "mean";
  if (is_mean && !is_floating_point(self.dtype())) return operation.refuse("means of integers");
  const std::string reduction = TRY(reduction_of(operation));
  const Scatter scatter = TRY(Scatter::of(operation));
  std::string into = self.name;
  if (!include_self) {
    const std::string neutral = TRY(neutral_of(operation, reduction, self.dtype()));
    into = scatter.write_all(into, neutral, "");
  }
  const Value source = TRY(operation.tensor("src"));
  const std::string part = TRY(covered(operation, source, scatter.index()));
  const std::string reduced = scatter.write(into, part, reduction);
  if (!is_mean) return operation.output(reduced);
  const std::string divisor = TRY(counts(operation, scatter, include_self));
  return operation.output(operation.add("Div", {reduced, divisor}));
}

Status lower_scatter(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::string reduction = TRY(reduction_of(operation));
  const Scatter scatter = TRY(Scatter::of(operation));
  if (operation.argument("src") != nullptr) {
    const Value source = operation.cast(TRY(operation.tensor("src")), self.dtype());
    return operation.output(scatter.write(self.name, TRY(covered(operation, source, scatter.index())), reduction));
  }
  const std::string value = TRY(operation.number_as("value", self.dtype()));
  return operation.output(scatter.write_all(self.name, value, reduction));
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
    {"_unsafe_index_put", lower_index_put}, {"index_add", lower_index_add},           {"index_copy", lower_index_copy},
    {"index_fill", lower_index_fill},       {"index_put", lower_index_put},           {"scatter", lower_scatter},
    {"scatter_add", lower_scatter},         {"scatter_reduce", lower_scatter_reduce},
};

}  // namespace

std::span<const Operator> scattering_operators() { return kScatteringOperators; }

}  // namespace tandem::convert::aten
