// SPDX-License-Identifier: Apache-2.0
// The half of Operation that appends nodes.
#include "convert/aten/operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "convert/aten/liveness.h"

namespace tandem::convert::aten {
namespace {

std::string_view plain_name(std::string_view name) {
  if (const auto colon = name.rfind("::"); colon != std::string_view::npos) name.remove_prefix(colon + 2);
  while (name.starts_with('_')) name.remove_prefix(1);
  while (name.ends_with('_')) name.remove_suffix(1);
  return name;
}

std::string path_of(const Call& call) {
  const std::string_view name = plain_name(call.name);
  return call.place.module.empty() ? std::string(name) : fmt::format("{}.{}", call.place.module, name);
}

/// Any element type of whole bytes.
Result<Tensor> swapped(const Tensor& matrix) {
  const std::int64_t rows = matrix.shape()[0];
  const std::int64_t columns = matrix.shape()[1];
  Tensor result = TRY(Tensor::allocate(matrix.dtype(), Shape{columns, rows}));
  const auto width = static_cast<std::size_t>(bit_width(matrix.dtype()) / 8);
  const std::byte* from = matrix.bytes().data();
  std::byte* to = result.mutable_bytes().data();
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      std::memcpy(to + static_cast<std::size_t>(column * rows + row) * width,
                  from + static_cast<std::size_t>(row * columns + column) * width, width);
    }
  }
  return result;
}

}  // namespace

Operation::Operation(const Call& call, const Schema& schema, Scope& scope, Workspace& workspace)
    : call_(call), schema_(schema), scope_(scope), workspace_(workspace), outcomes_(call.outputs.size()) {}

bool Operation::in_place() const { return is_in_place(call_); }

tl::unexpected<Error> Operation::refuse(std::string_view what) const {
  return fail(Code::kUnimplemented, fmt::format("{}: {}", describe(call_), what));
}

tl::unexpected<Error> Operation::wrong(std::string_view what) const {
  return invalid_argument(fmt::format("{}: {}", describe(call_), what));
}

Value Operation::cast(const Value& value, DType dtype) {
  if (value.dtype() == dtype) return value;
  Value made = value;
  made.name = add("Cast", {value.name}, attributes("to", static_cast<std::int64_t>(dtype)));
  made.info.dtype = dtype;
  return made;
}

std::string Operation::add(std::string_view op_type, std::vector<std::string> inputs, Attributes attributes) {
  return workspace_.graph().add(op_type, std::move(inputs), path_of(call_), std::move(attributes));
}

std::vector<std::string> Operation::add_many(std::string_view op_type, std::vector<std::string> inputs,
                                             std::size_t count, Attributes attributes) {
  return workspace_.graph().add_many(op_type, std::move(inputs), path_of(call_), count, std::move(attributes));
}

std::string Operation::constant(std::string_view name, Tensor tensor) {
  return workspace_.weight(fmt::format("{}.{}", path_of(call_), name), std::move(tensor));
}

Size Operation::size_of(const Value& value, std::int64_t axis) {
  const Dim& dim = value.shape().dims[static_cast<std::size_t>(axis)];
  if (dim.is_fixed()) return Size{dim.size};
  const std::string key =
      dim.name.empty() ? fmt::format("size of {} {}", value.name, axis) : fmt::format("symbol {}", dim.name);
  const auto made = workspace_.once(key, [&]() -> Result<std::string> {
    const std::string shape = TRY(
        workspace_.once("shape of " + value.name, [&]() -> Result<std::string> { return add("Shape", {value.name}); }));
    return add("Gather", {shape, workspace_.integer(axis)}, attributes("axis", std::int64_t{0}));
  });
  return Size{0, made.value()};
}

std::vector<Size> Operation::sizes_of(const Value& value) {
  std::vector<Size> sizes;
  for (std::int64_t axis = 0; axis < value.rank(); ++axis) sizes.push_back(size_of(value, axis));
  return sizes;
}

std::string Operation::size_value(const Size& size) {
  return size.is_fixed() ? workspace_.integer(size.fixed) : size.computed;
}

std::string Operation::shape_value(const std::vector<Size>& sizes) {
  if (std::ranges::all_of(sizes, &Size::is_fixed)) {
    std::vector<std::int64_t> fixed;
    for (const Size& size : sizes) fixed.push_back(size.fixed);
    return workspace_.integers(std::move(fixed));
  }
  std::vector<std::string> parts;
  for (const Size& size : sizes) {
    parts.push_back(size.is_fixed() ? workspace_.integers({size.fixed})
                                    : add("Unsqueeze", {size.computed, workspace_.integers({0})}));
  }
  return parts.size() == 1 ? parts.front() : add("Concat", std::move(parts), attributes("axis", std::int64_t{0}));
}

std::string Operation::reshape(const std::string& value, std::vector<Size> sizes) {
  const bool inferred = std::ranges::any_of(sizes, [](const Size& size) { return size.is_fixed() && size.fixed < 0; });
  const bool empty = std::ranges::any_of(sizes, [](const Size& size) { return size.is_fixed() && size.fixed == 0; });
  const auto computed = std::ranges::count_if(sizes, [](const Size& size) { return !size.is_fixed(); });
  if (computed == 1 && !inferred && !empty) {
    *std::ranges::find_if(sizes, [](const Size& size) { return !size.is_fixed(); }) = Size{-1};
  }
  Attributes made;
  // Without it ONNX takes a 0 for "as the input has it".
  if (empty) made = attributes("allowzero", std::int64_t{1});
  return add("Reshape", {value, shape_value(sizes)}, std::move(made));
}

Result<std::string> Operation::transposed(const Value& matrix) {
  const Tensor* constant = workspace_.constant(matrix.name);
  if (constant == nullptr || bit_width(constant->dtype()) < 8) {
    return add("Transpose", {matrix.name}, attributes("perm", std::vector<std::int64_t>{1, 0}));
  }
  return workspace_.once("transposed " + matrix.name, [&]() -> Result<std::string> {
    return workspace_.weight(matrix.name + ".transposed", TRY(swapped(*constant)));
  });
}

Status Operation::output(std::string value, std::size_t index) {
  if (index < outcomes_.size()) outcomes_[index] = std::move(value);
  return {};
}

Status Operation::output_size(Size size, std::size_t index) {
  if (index < outcomes_.size()) outcomes_[index] = std::move(size);
  return {};
}

bool Operation::wanted(std::size_t index) const {
  return index < call_.outputs.size() && !call_.outputs[index].empty();
}

}  // namespace tandem::convert::aten
