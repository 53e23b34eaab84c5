// SPDX-License-Identifier: Apache-2.0
// Parts of a tensor along an axis, and tensors put together along one.
#include <fmt/format.h>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// start, end and step of a slice; ONNX counts negative ones from the end, too.
Result<Range> range_of(Operation& operation, const Value& self) {
  Range range;
  range.axis = TRY(operation.axis("dim", self.rank()));
  if (operation.given("start")) range.begin = TRY(operation.size("start"));
  if (operation.given("end")) range.end = TRY(operation.size("end"));
  range.step = TRY(operation.integer("step"));
  if (range.step < 1) return operation.wrong("the step must be 1 or more");
  return range;
}

bool is_whole(const Range& range) {
  return range.begin.is_fixed() && range.begin.fixed == 0 && range.end.is_fixed() && range.end.fixed == kEndOfAxis &&
         range.step == 1;
}

Status lower_slice(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Range range = TRY(range_of(operation, self));
  if (is_whole(range)) return operation.output(self);
  return operation.output(slice(operation, self.name, range));
}

Status lower_select(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  const std::string index = operation.size_value(TRY(operation.size("index")));
  return operation.output(operation.add("Gather", {self.name, index}, attributes("axis", axis)));
}

/// begin + length, computed where one of them is.
Size sum(Operation& operation, const Size& begin, const Size& length) {
  if (begin.is_fixed() && length.is_fixed()) {
    Size end;
    if (__builtin_add_overflow(begin.fixed, length.fixed, &end.fixed)) end.fixed = kEndOfAxis;
    return end;
  }
  return Size{0, operation.add("Add", {operation.size_value(begin), operation.size_value(length)})};
}

Status lower_narrow(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  Range range;
  range.axis = TRY(operation.axis("dim", self.rank()));
  range.begin = TRY(operation.size("start"));
  if (range.begin.is_fixed() && range.begin.fixed < 0) {
    range.begin = sum(operation, operation.size_of(self, range.axis), range.begin);
  }
  range.end = sum(operation, range.begin, TRY(operation.size("length")));
  return operation.output(slice(operation, self.name, range));
}

/// One Slice a part that somebody reads; part i goes from bounds[i] to bounds[i + 1].
Status give_parts(Operation& operation, const Value& self, std::int64_t axis, const std::vector<Size>& bounds) {
  for (std::size_t i = 0; i < operation.output_count() && i + 1 < bounds.size(); ++i) {
    if (!operation.wanted(i)) continue;
    TRY(operation.output(slice(operation, self.name, {axis, bounds[i], bounds[i + 1]}), i));
  }
  return {};
}

std::vector<Size> bounds_of(Operation& operation, const std::vector<Size>& lengths) {
  std::vector<Size> bounds = {Size{0}};
  for (const Size& length : lengths) bounds.push_back(sum(operation, bounds.back(), length));
  return bounds;
}

/// Parts of equal length; the last one has what remains.
Status give_equal_parts(Operation& operation, const Value& self, std::int64_t axis, std::int64_t length) {
  std::vector<Size> bounds;
  for (std::size_t i = 0; i < operation.output_count(); ++i)
    bounds.push_back(Size{TRY(product(operation, {static_cast<std::int64_t>(i), length}))});
  bounds.push_back(Size{kEndOfAxis});
  return give_parts(operation, self, axis, bounds);
}

Status lower_split(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  const std::int64_t length = TRY(operation.integer("split_size"));
  if (length < 1) return operation.wrong("parts must not be empty");
  return give_equal_parts(operation, self, axis, length);
}

Status lower_split_with_sizes(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  const bool named = operation.argument("split_sizes") != nullptr;
  const auto lengths = TRY(operation.sizes(named ? "split_sizes" : "split_size"));
  return give_parts(operation, self, axis, bounds_of(operation, lengths));
}

Status lower_chunk(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  const std::int64_t chunks = TRY(operation.integer("chunks"));
  if (chunks < 1 || self.size(axis) < 0) return operation.refuse("the axis must have a known size");
  return give_equal_parts(operation, self, axis, std::max<std::int64_t>((self.size(axis) + chunks - 1) / chunks, 1));
}

/// The first parts are longer by one where the size does not divide.
Status lower_tensor_split(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  std::vector<Size> bounds = {Size{0}};
  if (operation.argument("sections") != nullptr) {
    const std::int64_t sections = TRY(operation.integer("sections"));
    const std::int64_t size = self.size(axis);
    if (sections < 1 || sections > kLargestTable || size < 0)
      return operation.refuse("the axis must have a known size");
    for (std::int64_t i = 0; i < sections; ++i) {
      bounds.push_back(Size{bounds.back().fixed + size / sections + (i < size % sections ? 1 : 0)});
    }
  } else {
    for (Size& bound : TRY(operation.sizes("indices"))) bounds.push_back(std::move(bound));
    bounds.push_back(Size{kEndOfAxis});
  }
  return give_parts(operation, self, axis, bounds);
}

Status lower_unbind(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  for (std::size_t i = 0; i < operation.output_count(); ++i) {
    if (!operation.wanted(i)) continue;
    const std::string index = operation.workspace().integer(static_cast<std::int64_t>(i));
    TRY(operation.output(operation.add("Gather", {self.name, index}, attributes("axis", axis)), i));
  }
  return {};
}

/// All in the type that PyTorch gives the result; empty vectors, which it skips, are left out.
Result<std::vector<Value>> parts_of(Operation& operation) {
  std::vector<Value> parts = TRY(operation.tensors("tensors"));
  std::vector<Operand> operands;
  for (const Value& part : parts) operands.push_back({part.dtype(), part.rank() > 0, false});
  const DType dtype = result_type(operands);
  const bool skips = std::ranges::any_of(parts, [](const Value& part) { return part.rank() > 1; });
  if (skips) std::erase_if(parts, [](const Value& part) { return part.rank() == 1 && part.size(0) == 0; });
  if (parts.empty()) return operation.wrong("there is nothing to put together");
  for (Value& part : parts) part = operation.cast(part, dtype);
  return parts;
}

Status lower_cat(Operation& operation) {
  const auto parts = TRY(parts_of(operation));
  const std::int64_t axis = TRY(operation.axis("dim", parts.front().rank()));
  std::vector<std::string> names;
  for (const Value& part : parts) names.push_back(part.name);
  return operation.output(concat(operation, std::move(names), axis));
}

Status lower_stack(Operation& operation) {
  const auto parts = TRY(parts_of(operation));
  const std::int64_t axis = TRY(operation.axis("dim", parts.front().rank() + 1));
  std::vector<std::string> names;
  for (const Value& part : parts) names.push_back(unsqueeze(operation, part.name, {axis}));
  return operation.output(concat(operation, std::move(names), axis));
}

/// hstack along the second axis (of vectors the first), vstack along the first of matrices.
template <bool Horizontal>
Status lower_axis_stack(Operation& operation) {
  const auto parts = TRY(parts_of(operation));
  std::vector<std::string> names;
  const std::int64_t rank = parts.front().rank();
  for (const Value& part : parts) {
    const bool lifts = Horizontal ? rank == 0 : rank < 2;
    names.push_back(!lifts ? part.name
                           : unsqueeze(operation, part.name, rank == 0 && !Horizontal ? Integers{0, 1} : Integers{0}));
  }
  return operation.output(concat(operation, std::move(names), Horizontal && rank > 1 ? 1 : 0));
}

/// Along each axis the end comes first.
Status lower_roll(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Integers shifts = TRY(operation.integers("shifts"));
  const Integers axes = TRY(operation.axes("dims", self.rank()));
  const auto rolled = [&](const std::string& value, std::int64_t axis, std::int64_t shift) {
    return concat(
        operation,
        {slice(operation, value, {axis, Size{-shift}}), slice(operation, value, {axis, Size{0}, Size{-shift}})}, axis);
  };
  if (axes.empty()) {
    if (shifts.size() != 1) return operation.wrong("one shift for the flattened tensor");
    if (shifts[0] == 0) return operation.output(self);
    const std::string flat = operation.add("Reshape", {self.name, operation.integers_value({-1})});
    return operation.output(operation.add("Reshape", {rolled(flat, 0, shifts[0]), shape_of(operation, self)}));
  }
  if (shifts.size() != axes.size()) return operation.wrong("as many shifts as axes");
  std::string value = self.name;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t size = self.size(axes[i]);
    const std::int64_t shift = size > 0 ? ((shifts[i] % size) + size) % size : shifts[i];
    if (shift != 0) value = rolled(value, axes[i], shift);
  }
  return operation.output(value);
}

Status lower_flip(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Integers axes = TRY(operation.axes("dims", self.rank()));
  if (axes.empty() || self.rank() == 0) return operation.output(self);
  const Integers first(axes.size(), -1);
  const Integers beyond(axes.size(), std::numeric_limits<std::int64_t>::min());
  return operation.output(
      operation.add("Slice", {self.name, operation.integers_value(first), operation.integers_value(beyond),
                              operation.integers_value(axes), operation.integers_value(first)}));
}

/// The tensor with a part of it replaced.
Status lower_slice_scatter(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Range range = TRY(range_of(operation, self));
  const Value source = operation.cast(TRY(operation.tensor("src")), self.dtype());
  if (is_whole(range)) return operation.output(source);
  return operation.output(replace_slice(operation, self, range, source.name));
}

Status lower_select_scatter(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  const std::int64_t index = TRY(operation.integer("index"));
  const std::string row = unsqueeze(operation, operation.cast(TRY(operation.tensor("src")), self.dtype()).name, {axis});
  std::vector<std::string> parts;
  if (index != 0) parts.push_back(slice(operation, self.name, {axis, Size{0}, Size{index}}));
  parts.push_back(row);
  if (index != -1) parts.push_back(slice(operation, self.name, {axis, Size{index + 1}}));
  return operation.output(concat(operation, std::move(parts), axis));
}

constexpr Operator kSlicingOperators[] = {
    {"cat", lower_cat},
    {"chunk", lower_chunk},
    {"concat", lower_cat},
    {"concatenate", lower_cat},
    {"flip", lower_flip},
    {"hstack", lower_axis_stack<true>},
    {"narrow", lower_narrow},
    {"roll", lower_roll},
    {"select", lower_select},
    {"select_scatter", lower_select_scatter},
    {"slice", lower_slice},
    {"slice_scatter", lower_slice_scatter},
    {"split", lower_split},
    {"split.sizes", lower_split_with_sizes},
    {"split_copy", lower_split},
    {"split_with_sizes", lower_split_with_sizes},
    {"split_with_sizes_copy", lower_split_with_sizes},
    {"stack", lower_stack},
    {"tensor_split", lower_tensor_split},
    {"unbind", lower_unbind},
    {"unsafe_chunk", lower_chunk},
    {"unsafe_split", lower_split},
    {"unsafe_split_with_sizes", lower_split_with_sizes},
    {"vstack", lower_axis_stack<false>},
};

}  // namespace

std::span<const Operator> slicing_operators() { return kSlicingOperators; }

}  // namespace tandem::convert::aten
