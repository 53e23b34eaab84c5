// SPDX-License-Identifier: Apache-2.0
// Elements by their positions.
#include "convert/aten/index_tensors.h"
#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// A single index of integers is a Gather; all others are GatherND.
Status lower_index(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const IndexTensors index = TRY(index_tensors(operation, self));
  if (index.axes == 1) {
    const std::int64_t axis = index.order.front();
    const Value& single = *index.tensors[static_cast<std::size_t>(axis)];
    return operation.output(operation.add("Gather", {self.name, single.name}, attributes("axis", axis)));
  }
  const std::string first = transpose(operation, self.name, index.order);
  const std::string gathered = operation.add("GatherND", {first, index.indices});
  const std::int64_t rank = index.index_rank + self.rank() - static_cast<std::int64_t>(index.axes);
  return operation.output(to_place(operation, gathered, index, rank));
}

Status lower_gather(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Value index = TRY(operation.tensor("index"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  if (self.rank() == 0) return operation.output(self);
  return operation.output(operation.add("GatherElements", {self.name, index.name}, attributes("axis", axis)));
}

/// The same with both broadcast to each other outside the axis; without an axis on the flattened tensor.
Status lower_take_along_dim(Operation& operation) {
  Value self = TRY(operation.tensor("self"));
  Value indices = TRY(operation.tensor("indices"));
  if (!operation.given("dim")) {
    const std::string flat = operation.add("Reshape", {self.name, operation.integers_value({-1})});
    const std::string positions = operation.add("Reshape", {indices.name, operation.integers_value({-1})});
    return operation.output(operation.add("GatherElements", {flat, positions}, attributes("axis", std::int64_t{0})));
  }
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  for (std::int64_t other = 0; other < self.rank(); ++other) {
    const bool differs =
        !(self.shape().dims[static_cast<std::size_t>(other)] == indices.shape().dims[static_cast<std::size_t>(other)]);
    if (other != axis && differs) return operation.refuse("self and indices must have the same shape outside the axis");
  }
  return operation.output(operation.add("GatherElements", {self.name, indices.name}, attributes("axis", axis)));
}

Status lower_take(Operation& operation) {
  const std::string self = TRY(operation.tensor("self")).name;
  const std::string flat = operation.add("Reshape", {self, operation.integers_value({-1})});
  const std::string index = TRY(operation.tensor("index")).name;
  return operation.output(operation.add("Gather", {flat, index}));
}

Status lower_index_select(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  Value index = TRY(operation.tensor("index"));
  if (index.rank() == 0 && self.rank() > 0) index.name = unsqueeze(operation, index.name, {0});
  if (self.rank() == 0) return operation.output(self);
  return operation.output(operation.add("Gather", {self.name, index.name}, attributes("axis", axis)));
}

Status lower_embedding(Operation& operation) {
  const Value weight = TRY(operation.tensor("weight"));
  const Value indices = TRY(operation.tensor("indices"));
  return operation.output(operation.add("Gather", {weight.name, indices.name}));
}

/// [n, rank]: one position a row.
Status lower_nonzero(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  return operation.output(transpose(operation, positions_of(operation, self), {1, 0}));
}

/// where(condition) alone: one vector of positions an axis.
Status lower_where_positions(Operation& operation) {
  const std::string positions = positions_of(operation, TRY(operation.tensor("condition")));
  for (std::size_t i = 0; i < operation.output_count(); ++i) {
    const std::string axis = operation.workspace().integer(static_cast<std::int64_t>(i));
    TRY(operation.output(operation.add("Gather", {positions, axis}), i));
  }
  return {};
}

Status lower_masked_select(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Value mask = TRY(operation.tensor("mask"));
  if (!(self.shape() == mask.shape())) return operation.refuse("the mask must have the shape of the tensor");
  const auto flat = [&](const std::string& value) {
    return operation.add("Reshape", {value, operation.integers_value({-1})});
  };
  return operation.output(
      operation.add("Compress", {flat(self.name), flat(mask.name)}, attributes("axis", std::int64_t{0})));
}

Status lower_one_hot(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t classes = TRY(operation.integer("num_classes"));
  if (classes < 1) return operation.refuse("the number of classes must be given");
  const std::string values = operation.integers_value({0, 1});
  return operation.output(operation.add("OneHot", {self.name, operation.workspace().integer(classes), values}));
}

/// How many boundaries lie below the value (or at it, when `right`).
Status lower_bucketize(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Value boundaries = TRY(operation.tensor("boundaries"));
  const DType dtype = is_floating_point(boundaries.dtype()) ? boundaries.dtype() : self.dtype();
  const std::string column = unsqueeze(operation, operation.cast(self, dtype).name, {-1});
  const std::string limits = operation.cast(boundaries, dtype).name;
  const bool right = TRY(operation.flag("right"));
  const std::string beyond = operation.add(right ? "GreaterOrEqual" : "Greater", {column, limits});
  const Value count = operation.cast(typed(beyond, DType::kBool), DType::kInt64);
  const Value bucket = typed(reduce(operation, "ReduceSum", count.name, {-1}, false), DType::kInt64);
  return operation.output(operation.cast(bucket, TRY(operation.flag("out_int32")) ? DType::kInt32 : DType::kInt64));
}

/// The diagonal of two axes becomes the last axis.
Result<std::string> diagonal(Operation& operation, const Value& self, std::int64_t first, std::int64_t second,
                             std::int64_t offset) {
  const std::int64_t rows = self.size(first);
  const std::int64_t columns = self.size(second);
  if (rows < 0 || columns < 0) return operation.refuse("both axes must have known sizes");
  if (rows > kLargestTable || columns > kLargestTable || offset < -rows || offset > columns) {
    return operation.wrong("the diagonal lies outside");
  }
  const std::int64_t from_row = std::max<std::int64_t>(-offset, 0);
  const std::int64_t from_column = std::max<std::int64_t>(offset, 0);
  const std::int64_t length = std::max<std::int64_t>(std::min(rows - from_row, columns - from_column), 0);
  Integers positions;
  for (std::int64_t i = 0; i < length; ++i) positions.push_back((from_row + i) * columns + from_column + i);
  Integers order = all_axes(self.rank());
  std::erase_if(order, [&](std::int64_t axis) { return axis == first || axis == second; });
  std::vector<Size> sizes;
  for (const std::int64_t axis : order) sizes.push_back(operation.size_of(self, axis));
  sizes.push_back(Size{rows * columns});
  order.insert(order.end(), {first, second});
  const std::string flat = operation.reshape(transpose(operation, self.name, order), std::move(sizes));
  const Shape shape{length};
  const std::string table = TRY(integer_table(operation, "diagonal", shape, positions));
  return operation.add("Gather", {flat, table}, attributes("axis", self.rank() - 2));
}

Status lower_diagonal(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t first = TRY(operation.axis("dim1", self.rank()));
  const std::int64_t second = TRY(operation.axis("dim2", self.rank()));
  if (first == second) return operation.wrong("two different axes");
  return operation.output(TRY(diagonal(operation, self, first, second, TRY(operation.integer("offset")))));
}

Status lower_trace(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  if (self.rank() != 2) return operation.wrong("a matrix");
  const std::string elements = TRY(diagonal(operation, self, 0, 1, 0));
  const Value summed = operation.cast(typed(elements, self.dtype()), sum_dtype(self.dtype()));
  return operation.output(reduce(operation, "ReduceSum", summed.name, {}, false));
}

/// Windows along an axis become a last axis.
Status lower_unfold(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t axis = TRY(operation.axis("dimension", self.rank()));
  const std::int64_t length = TRY(operation.integer("size"));
  const std::int64_t step = TRY(operation.integer("step"));
  const std::int64_t size = self.size(axis);
  if (size < 0 || step < 1 || length < 0 || length > size) return operation.refuse("the axis must have a known size");
  Integers positions;
  const std::int64_t windows = (size - length) / step + 1;
  if (TRY(product(operation, {windows, length})) > kLargestTable)
    return operation.refuse("more windows than 4 million elements");
  for (std::int64_t window = 0; window < windows; ++window) {
    for (std::int64_t i = 0; i < length; ++i) positions.push_back(window * step + i);
  }
  const std::string table = TRY(integer_table(operation, "windows", Shape{windows, length}, positions));
  const std::string gathered = operation.add("Gather", {self.name, table}, attributes("axis", axis));
  Integers order = all_axes(self.rank() + 1);
  order.erase(order.begin() + axis + 1);
  order.push_back(axis + 1);
  return operation.output(transpose(operation, gathered, std::move(order)));
}

constexpr Operator kIndexingOperators[] = {
    {"_unsafe_index", lower_index},
    {"bucketize", lower_bucketize},
    {"diagonal", lower_diagonal},
    {"diagonal_copy", lower_diagonal},
    {"embedding", lower_embedding},
    {"gather", lower_gather},
    {"index", lower_index},
    {"index_select", lower_index_select},
    {"masked_select", lower_masked_select},
    {"nonzero", lower_nonzero},
    {"one_hot", lower_one_hot},
    {"take", lower_take},
    {"take_along_dim", lower_take_along_dim},
    {"trace", lower_trace},
    {"unfold", lower_unfold},
    {"where", lower_where_positions},
};

}  // namespace

std::span<const Operator> indexing_operators() { return kIndexingOperators; }

}  // namespace tandem::convert::aten
