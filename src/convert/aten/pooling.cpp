// SPDX-License-Identifier: Apache-2.0
// Pooling. What PyTorch's ceil_mode adds at the ends is written as padding, because engines differ about ONNX's own.
#include <fmt/format.h>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

/// How windows move over the last axes of the input.
struct Window {
  Integers kernel;
  Integers stride;
  Integers padding;   // at both ends
  Integers dilation;  // all 1 where the operator has none
  Integers more;      // behind the padding at the end: what the last window of ceil_mode reaches over it
  bool ceil = false;  // some size is unknown: the engine has to find out
};

/// The last window begins inside the input or the padding before it.
std::int64_t reach_over(std::int64_t size, const Window& window, std::size_t axis) {
  const std::int64_t span = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
  const std::int64_t padding = window.padding[axis];
  const std::int64_t stride = window.stride[axis];
  std::int64_t steps = (size + 2 * padding - span + stride - 1) / stride;
  if (steps * stride >= size + padding) --steps;
  return std::max<std::int64_t>(steps * stride + span - size - 2 * padding, 0);
}

Result<Window> window_of(Operation& operation, const Value& input, std::size_t axes) {
  Window window;
  window.kernel = TRY(integers_for(operation, "kernel_size", axes));
  const bool strided = operation.given("stride") && !TRY(operation.sizes("stride")).empty();
  window.stride = strided ? TRY(integers_for(operation, "stride", axes)) : window.kernel;
  window.padding = TRY(integers_for(operation, "padding", axes));
  window.dilation = Integers(axes, 1);
  if (operation.argument("dilation") != nullptr) window.dilation = TRY(integers_for(operation, "dilation", axes));
  window.more = Integers(axes, 0);
  const auto positive = [](std::int64_t number) { return number > 0 && number <= kLargestTable; };
  for (const Integers* numbers : {&window.stride, &window.kernel, &window.dilation}) {
    if (!std::ranges::all_of(*numbers, positive)) return operation.wrong("windows and steps must be 1 or more");
  }
  const auto sane = [](std::int64_t number) { return number >= 0 && number <= kLargestTable; };
  if (!std::ranges::all_of(window.padding, sane)) return operation.wrong("paddings must be 0 or more");
  if (!TRY(operation.flag("ceil_mode"))) return window;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::int64_t size = input.size(input.rank() - static_cast<std::int64_t>(axes - axis));
    if (size < 0 || size > std::numeric_limits<std::int32_t>::max()) {
      window.ceil = true;
    } else {
      window.more[axis] = reach_over(size, window, axis);
    }
  }
  return window;
}

Attributes attributes_of(const Window& window) {
  Integers pads = window.padding;
  for (std::size_t i = 0; i < window.padding.size(); ++i) pads.push_back(window.padding[i] + window.more[i]);
  return attributes("kernel_shape", window.kernel, "strides", window.stride, "pads", pads, "ceil_mode",
                    std::int64_t{window.ceil ? 1 : 0});
}

/// ONNX pools batches only: an image without one is a batch of one meanwhile.
struct Batch {
  std::string value;
  bool single = false;
};

Result<Batch> batch_of(Operation& operation, const Value& input, std::size_t axes) {
  const std::int64_t spatial = static_cast<std::int64_t>(axes);
  if (input.rank() == spatial + 2) return Batch{input.name, false};
  if (input.rank() == spatial + 1) return Batch{unsqueeze(operation, input.name, {0}), true};
  return operation.wrong(fmt::format("an input with {} dimensions", input.rank()));
}

Status give_pooled(Operation& operation, const Batch& batch, const std::string& value, std::size_t index = 0) {
  return operation.output(batch.single ? squeeze(operation, value, {0}) : value, index);
}

/// ONNX counts positions through the whole tensor, PyTorch through one channel of one image.
Status give_positions(Operation& operation, const Value& input, const Batch& batch, const std::string& positions) {
  const std::size_t axes = static_cast<std::size_t>(input.rank()) - (batch.single ? 1U : 2U);
  std::string plane;
  std::int64_t known = 1;
  for (std::size_t i = 0; i < axes; ++i) {
    const Size size = operation.size_of(input, input.rank() - static_cast<std::int64_t>(axes - i));
    if (size.is_fixed()) {
      known = TRY(product(operation, {known, size.fixed}));
    } else {
      plane = plane.empty() ? size.computed : operation.add("Mul", {plane, size.computed});
    }
  }
  const std::string fixed = operation.workspace().integer(known);
  plane = plane.empty() ? fixed : operation.add("Mul", {plane, fixed});
  return give_pooled(operation, batch, operation.add("Mod", {positions, plane}), 1);
}

Status max_pool(Operation& operation, const Value& input, const Window& window) {
  const Batch batch = TRY(batch_of(operation, input, window.kernel.size()));
  Attributes made = attributes_of(window);
  made["dilations"] = window.dilation;
  const auto outputs = operation.add_many("MaxPool", {batch.value}, operation.wanted(1) ? 2 : 1, std::move(made));
  if (operation.wanted(1)) TRY(give_positions(operation, input, batch, outputs[1]));
  return give_pooled(operation, batch, outputs[0]);
}

template <std::size_t Axes>
Status lower_max_pool(Operation& operation) {
  const Value input = TRY(operation.tensor("self"));
  if (input.rank() <= static_cast<std::int64_t>(Axes)) return operation.wrong("the input has too few dimensions");
  return max_pool(operation, input, TRY(window_of(operation, input, Axes)));
}

std::string average_pool(Operation& operation, const std::string& value, const Window& window, bool counts_padding) {
  Attributes made = attributes_of(window);
  made["count_include_pad"] = std::int64_t{counts_padding ? 1 : 0};
  return operation.add("AveragePool", {value}, std::move(made));
}

/// PyTorch counts the padding (unless told not to) but never what ceil_mode adds behind it.
template <std::size_t Axes>
Status lower_avg_pool(Operation& operation) {
  const Value input = TRY(operation.tensor("self"));
  if (input.rank() <= static_cast<std::int64_t>(Axes)) return operation.wrong("the input has too few dimensions");
  Window window = TRY(window_of(operation, input, Axes));
  Batch batch = TRY(batch_of(operation, input, Axes));
  const bool counts = TRY(operation.flag("count_include_pad"));
  if (operation.argument("divisor_override") != nullptr && operation.given("divisor_override")) {
    double area = 1;
    for (const std::int64_t size : window.kernel) area *= static_cast<double>(size);
    const Value mean = typed(average_pool(operation, batch.value, window, true), input.dtype());
    const double divisor = TRY(operation.real("divisor_override"));
    if (divisor == 0) return operation.wrong("the divisor must not be 0");
    return give_pooled(operation, batch, TRY(with_number(operation, "Mul", mean, area / divisor)));
  }
  const auto is_zero = [](std::int64_t number) { return number == 0; };
  const bool pads = !std::ranges::all_of(window.padding, is_zero);
  const bool adds = window.ceil || !std::ranges::all_of(window.more, is_zero);
  if (counts && pads && adds) {
    Integers ends(2, 0);
    ends.insert(ends.end(), window.padding.begin(), window.padding.end());
    Integers amounts = ends;
    amounts.insert(amounts.end(), ends.begin(), ends.end());
    batch.value = operation.add("Pad", {batch.value, operation.integers_value(amounts)});
    window.padding = Integers(Axes, 0);
  }
  return give_pooled(operation, batch, average_pool(operation, batch.value, window, counts && pads && !adds));
}

/// Windows of equal size, where the sizes divide; nothing otherwise.
std::optional<Window> equal_windows(const Value& input, const Integers& wanted) {
  Window window;
  const std::size_t axes = wanted.size();
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t size = input.size(input.rank() - static_cast<std::int64_t>(axes - i));
    if (size < 1 || wanted[i] < 1 || size % wanted[i] != 0) return std::nullopt;
    window.kernel.push_back(size / wanted[i]);
  }
  window.stride = window.kernel;
  window.padding = window.more = Integers(axes, 0);
  window.dilation = Integers(axes, 1);
  return window;
}

/// A matrix [size, wanted] whose columns average the windows that PyTorch takes: floor(i n / m) to ceil((i + 1) n / m).
Result<std::string> averaging_matrix(Operation& operation, std::int64_t size, std::int64_t wanted) {
  std::vector<float> matrix(static_cast<std::size_t>(size * wanted), 0.0F);
  for (std::int64_t i = 0; i < wanted; ++i) {
    const std::int64_t begin = i * size / wanted;
    const std::int64_t end = ((i + 1) * size + wanted - 1) / wanted;
    for (std::int64_t row = begin; row < end; ++row) {
      matrix[static_cast<std::size_t>(row * wanted + i)] = 1.0F / static_cast<float>(end - begin);
    }
  }
  return reals(operation, "averages", Shape{size, wanted}, matrix);
}

Result<std::string> uneven_average(Operation& operation, const Value& input, const Integers& wanted) {
  constexpr std::int64_t kLargest = 4096;
  std::string value = input.name;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::int64_t axis = input.rank() - static_cast<std::int64_t>(wanted.size() - i);
    const std::int64_t size = input.size(axis);
    if (size < 1 || wanted[i] < 1 || size > kLargest || wanted[i] > kLargest) {
      return operation.refuse("the input's size must be known, or the output's 1");
    }
    if (size == wanted[i]) continue;
    const std::string matrix = TRY(averaging_matrix(operation, size, wanted[i]));
    Integers order = all_axes(input.rank());
    std::swap(order.back(), order[static_cast<std::size_t>(axis)]);
    const std::string rows = transpose(operation, value, order);
    const std::string averaged =
        operation.add("MatMul", {rows, operation.cast(typed(matrix, DType::kFloat32), input.dtype()).name});
    value = transpose(operation, averaged, order);
  }
  return value;
}

bool all_one(const Integers& sizes) {
  return std::ranges::all_of(sizes, [](std::int64_t size) { return size == 1; });
}

template <std::size_t Axes>
Status lower_adaptive_avg_pool(Operation& operation) {
  const Value input = TRY(operation.tensor("self"));
  const Integers wanted = TRY(integers_for(operation, "output_size", Axes));
  const Batch batch = TRY(batch_of(operation, input, Axes));
  if (all_one(wanted)) return give_pooled(operation, batch, operation.add("GlobalAveragePool", {batch.value}));
  if (const auto window = equal_windows(input, wanted)) {
    return give_pooled(operation, batch, average_pool(operation, batch.value, *window, false));
  }
  return operation.output(TRY(uneven_average(operation, input, wanted)));
}

template <std::size_t Axes>
Status lower_adaptive_max_pool(Operation& operation) {
  const Value input = TRY(operation.tensor("self"));
  const Integers wanted = TRY(integers_for(operation, "output_size", Axes));
  if (const auto window = equal_windows(input, wanted)) return max_pool(operation, input, *window);
  const Batch batch = TRY(batch_of(operation, input, Axes));
  if (!all_one(wanted) || operation.wanted(1)) {
    return operation.refuse("the input's size must be known and a multiple of the output's");
  }
  return give_pooled(operation, batch, operation.add("GlobalMaxPool", {batch.value}));
}

constexpr Operator kPoolingOperators[] = {
    {"_adaptive_avg_pool2d", lower_adaptive_avg_pool<2>},
    {"_adaptive_avg_pool3d", lower_adaptive_avg_pool<3>},
    {"adaptive_avg_pool1d", lower_adaptive_avg_pool<1>},
    {"adaptive_avg_pool2d", lower_adaptive_avg_pool<2>},
    {"adaptive_avg_pool3d", lower_adaptive_avg_pool<3>},
    {"adaptive_max_pool1d", lower_adaptive_max_pool<1>},
    {"adaptive_max_pool2d", lower_adaptive_max_pool<2>},
    {"adaptive_max_pool3d", lower_adaptive_max_pool<3>},
    {"avg_pool1d", lower_avg_pool<1>},
    {"avg_pool2d", lower_avg_pool<2>},
    {"avg_pool3d", lower_avg_pool<3>},
    {"max_pool1d", lower_max_pool<1>},
    {"max_pool1d_with_indices", lower_max_pool<1>},
    {"max_pool2d", lower_max_pool<2>},
    {"max_pool2d_with_indices", lower_max_pool<2>},
    {"max_pool3d", lower_max_pool<3>},
    {"max_pool3d_with_indices", lower_max_pool<3>},
};

}  // namespace

std::span<const Operator> pooling_operators() { return kPoolingOperators; }

}  // namespace tandem::convert::aten
