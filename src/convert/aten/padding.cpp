// SPDX-License-Identifier: Apache-2.0
// Padding and its inverse, and windows of images as columns.
#include <utility>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// PyTorch's amounts start with the last axis, begin and end of each; here by axis, begins and ends apart.
struct Amounts {
  std::vector<Size> begins;
  std::vector<Size> ends;
};

Result<Amounts> amounts_of(Operation& operation, std::string_view argument, std::int64_t rank) {
  const auto given = TRY(operation.sizes(argument));
  const auto axes = static_cast<std::size_t>(rank);
  if (given.size() % 2 != 0 || given.size() / 2 > axes) return operation.wrong("two amounts for each padded axis");
  Amounts amounts{std::vector<Size>(axes, Size{0}), std::vector<Size>(axes, Size{0})};
  for (std::size_t i = 0; i < given.size() / 2; ++i) {
    amounts.begins[axes - 1 - i] = given[2 * i];
    amounts.ends[axes - 1 - i] = given[2 * i + 1];
  }
  return amounts;
}

bool is_positive(const Size& size) { return !size.is_fixed() || size.fixed > 0; }
bool is_negative(const Size& size) { return size.is_fixed() && size.fixed < 0; }

/// Negative amounts cut off.
std::string cut(Operation& operation, std::string value, Amounts& amounts) {
  for (std::size_t axis = 0; axis < amounts.begins.size(); ++axis) {
    Size& begin = amounts.begins[axis];
    Size& end = amounts.ends[axis];
    if (!is_negative(begin) && !is_negative(end)) continue;
    Range range{static_cast<std::int64_t>(axis), Size{0}, Size{kEndOfAxis}};
    if (is_negative(begin)) range.begin = Size{-std::exchange(begin.fixed, 0)};
    if (is_negative(end)) range.end = Size{std::exchange(end.fixed, 0)};
    value = slice(operation, value, range);
  }
  return value;
}

Result<std::string> padded(Operation& operation, const Value& self, Amounts amounts, std::string_view mode) {
  const bool constant = mode == "constant";
  std::string value = cut(operation, self.name, amounts);
  const bool pads = std::ranges::any_of(amounts.begins, is_positive) || std::ranges::any_of(amounts.ends, is_positive);
  if (!pads) return value;
  std::vector<Size> all = amounts.begins;
  all.insert(all.end(), amounts.ends.begin(), amounts.ends.end());
  std::vector<std::string> inputs = {value, operation.shape_value(all)};
  const bool has_value = operation.argument("value") != nullptr && operation.given("value");
  if (constant && has_value) inputs.push_back(TRY(operation.number_as("value", self.dtype())));
  return operation.add("Pad", std::move(inputs), attributes("mode", std::string(mode)));
}

/// What stands at one end comes again at the other.
Result<std::string> wrapped(Operation& operation, const Value& self, const Amounts& amounts) {
  std::string value = self.name;
  for (std::size_t axis = 0; axis < amounts.begins.size(); ++axis) {
    const Size& begin = amounts.begins[axis];
    const Size& end = amounts.ends[axis];
    if (!begin.is_fixed() || !end.is_fixed() || begin.fixed < 0 || end.fixed < 0) {
      return operation.refuse("circular padding must be by known amounts");
    }
    const auto at = static_cast<std::int64_t>(axis);
    std::vector<std::string> parts;
    if (begin.fixed > 0) parts.push_back(slice(operation, value, {at, Size{-begin.fixed}}));
    parts.push_back(value);
    if (end.fixed > 0) parts.push_back(slice(operation, value, {at, Size{0}, end}));
    value = concat(operation, std::move(parts), at);
  }
  return value;
}

Status lower_pad(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Amounts amounts = TRY(amounts_of(operation, "pad", self.rank()));
  const std::string mode = operation.argument("mode") == nullptr ? "constant" : TRY(operation.text("mode"));
  if (mode == "circular") return operation.output(TRY(wrapped(operation, self, amounts)));
  if (mode != "constant" && mode != "reflect" && mode != "replicate") {
    return operation.refuse("the padding mode '" + mode + "' is not known");
  }
  return operation.output(TRY(padded(operation, self, amounts, mode == "replicate" ? "edge" : mode)));
}

template <OpType Mode>
Status lower_mirror_pad(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Amounts amounts = TRY(amounts_of(operation, "padding", self.rank()));
  return operation.output(TRY(padded(operation, self, amounts, Mode.name())));
}

/// The windows of one axis of an image: element [window, i] is the position of its i-th pixel in the padded image.
struct Windows {
  std::int64_t kernel = 1;
  std::int64_t dilation = 1;
  std::int64_t stride = 1;
  std::int64_t count = 0;

  Result<std::string> positions(Operation& operation) const {
    Integers found;
    for (std::int64_t i = 0; i < kernel; ++i) {
      for (std::int64_t window = 0; window < count; ++window) found.push_back(window * stride + i * dilation);
    }
    return integer_table(operation, "windows", Shape{kernel, count}, found);
  }
};

struct Columns {
  Windows rows;
  Windows columns;
  Integers padding;
  std::int64_t height = 0;  // with the padding
  std::int64_t width = 0;
};

Result<Columns> columns_of(Operation& operation, std::int64_t height, std::int64_t width) {
  const Integers kernel = TRY(integers_for(operation, "kernel_size", 2));
  const Integers dilation = TRY(integers_for(operation, "dilation", 2));
  const Integers stride = TRY(integers_for(operation, "stride", 2));
  Columns made;
  made.padding = TRY(integers_for(operation, "padding", 2));
  const auto sane = [](std::int64_t number) { return number >= 0 && number <= kLargestTable; };
  for (const Integers* numbers : {&kernel, &dilation, &stride, &std::as_const(made.padding)}) {
    if (!std::ranges::all_of(*numbers, sane)) return operation.wrong("its windows are too large");
  }
  if (height > kLargestTable || width > kLargestTable) return operation.refuse("the image is too large");
  made.height = height + 2 * made.padding[0];
  made.width = width + 2 * made.padding[1];
  const auto windows = [&](std::int64_t size, std::size_t axis) -> Result<Windows> {
    const std::int64_t span = dilation[axis] * (kernel[axis] - 1) + 1;
    if (stride[axis] < 1 || span < 1 || span > size || kernel[axis] < 1)
      return operation.refuse("height and width must be known and hold a window");
    const std::int64_t count = (size - span) / stride[axis] + 1;
    if (TRY(product(operation, {kernel[axis], count})) > kLargestTable)
      return operation.refuse("the image is too large");
    return Windows{kernel[axis], dilation[axis], stride[axis], count};
  };
  made.rows = TRY(windows(made.height, 0));
  made.columns = TRY(windows(made.width, 1));
  return made;
}

/// Every window of an image as a column: [batch, channels, h, w] -> [batch, channels * kernel, windows].
Status lower_im2col(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  if (self.rank() != 4 || self.size(1) < 0)
    return operation.refuse("images with a batch and a known number of channels");
  const Columns made = TRY(columns_of(operation, self.size(2), self.size(3)));
  const std::int64_t rows = made.padding[0];
  const std::int64_t columns = made.padding[1];
  const std::string image =
      operation.add("Pad", {self.name, operation.integers_value({0, 0, rows, columns, 0, 0, rows, columns})});
  // [batch, channels, kernel rows, rows, width], then [..., kernel columns, columns]
  const std::string row_table = TRY(made.rows.positions(operation));
  const std::string column_table = TRY(made.columns.positions(operation));
  const std::string by_row = operation.add("Gather", {image, row_table}, attributes("axis", std::int64_t{2}));
  const std::string by_both = operation.add("Gather", {by_row, column_table}, attributes("axis", std::int64_t{4}));
  const std::string moved = transpose(operation, by_both, {0, 1, 2, 4, 3, 5});
  const std::int64_t height = TRY(product(operation, {self.size(1), made.rows.kernel, made.columns.kernel}));
  return operation.output(
      operation.add("Reshape", {moved, operation.integers_value({0, height, made.rows.count * made.columns.count})}));
}

/// The inverse: columns are added where their windows stood.
Status lower_col2im(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Integers size = TRY(integers_for(operation, "output_size", 2));
  if (self.rank() != 3 || self.size(1) < 0) return operation.refuse("columns with a batch and a known number of rows");
  const Columns made = TRY(columns_of(operation, size[0], size[1]));
  const std::int64_t window = made.rows.kernel * made.columns.kernel;
  const std::int64_t channels = self.size(1) / window;
  const std::int64_t pixels = made.height * made.width;
  if (TRY(product(operation, {window, made.rows.count, made.columns.count})) > kLargestTable) {
    return operation.refuse("more columns than 4 million elements");
  }
  Integers positions;
  for (std::int64_t i = 0; i < window; ++i) {
    for (std::int64_t at = 0; at < made.rows.count * made.columns.count; ++at) {
      const std::int64_t row =
          at / made.columns.count * made.rows.stride + i / made.columns.kernel * made.rows.dilation;
      const std::int64_t column =
          at % made.columns.count * made.columns.stride + i % made.columns.kernel * made.columns.dilation;
      positions.push_back(row * made.width + column);
    }
  }
  const auto count = static_cast<std::int64_t>(positions.size());
  // The pixels come first, so that ScatterND adds whole rows of [batch * channels].
  const std::string split = operation.add("Reshape", {self.name, operation.integers_value({0, channels, count})});
  const std::string updates = transpose(operation, split, {2, 0, 1});
  const std::string batch = operation.shape_value({operation.size_of(self, 0)});
  const std::string shape =
      operation.add("Concat", {operation.integers_value({pixels}), batch, operation.integers_value({channels})},
                    attributes("axis", std::int64_t{0}));
  const std::string zero = TRY(number(operation, 0, self.dtype()));
  const std::string empty = operation.add("Expand", {zero, shape});
  const std::string at = TRY(integer_table(operation, "positions", Shape{count, 1}, positions));
  const std::string sums = operation.add("ScatterND", {empty, at, updates}, attributes("reduction", "add"));
  const std::string image = operation.add(
      "Reshape",
      {transpose(operation, sums, {1, 2, 0}), operation.integers_value({0, channels, made.height, made.width})});
  const std::string inner = slice(operation, image, {2, Size{made.padding[0]}, Size{made.padding[0] + size[0]}});
  return operation.output(slice(operation, inner, {3, Size{made.padding[1]}, Size{made.padding[1] + size[1]}}));
}

constexpr Operator kPaddingOperators[] = {
    {"col2im", lower_col2im},
    {"constant_pad_nd", lower_pad},
    {"im2col", lower_im2col},
    {"pad", lower_pad},
    {"reflection_pad1d", lower_mirror_pad<"reflect">},
    {"reflection_pad2d", lower_mirror_pad<"reflect">},
    {"reflection_pad3d", lower_mirror_pad<"reflect">},
    {"replication_pad1d", lower_mirror_pad<"edge">},
    {"replication_pad2d", lower_mirror_pad<"edge">},
    {"replication_pad3d", lower_mirror_pad<"edge">},
};

}  // namespace

std::span<const Operator> padding_operators() { return kPaddingOperators; }

}  // namespace tandem::convert::aten
