// SPDX-License-Identifier: Apache-2.0
// Pooling: over windows that move, and over as many windows as the output has elements.
#include <fmt/format.h>

#include "convert/aten/operators.h"

namespace tandem::convert::aten {
namespace {

using Integers = std::vector<std::int64_t>;

/// Windows of a pooling operator; `axes` is how many of the input's axes it moves along.
Result<Attributes> window(Operation& operation, std::size_t axes) {
  const auto spatial = [&](std::string_view argument) -> Result<Integers> {
    Integers values = TRY(operation.integers(argument));
    if (values.size() == 1) values.resize(axes, values.front());
    if (values.size() == axes) return values;
    return operation.wrong(fmt::format("'{}' has {} numbers for {} axes", argument, values.size(), axes));
  };
  const Integers kernel = TRY(spatial("kernel_size"));
  const bool strided = !TRY(operation.sizes("stride")).empty();
  const Integers padding = TRY(spatial("padding"));
  Integers pads = padding;
  pads.insert(pads.end(), padding.begin(), padding.end());
  const std::int64_t ceil_mode = TRY(operation.flag("ceil_mode")) ? 1 : 0;
  return attributes("kernel_shape", kernel, "strides", strided ? TRY(spatial("stride")) : kernel, "pads", pads,
                    "ceil_mode", ceil_mode);
}

template <std::size_t Axes>
Status lower_max_pool(Operation& operation) {
  const Value input = TRY(operation.tensor("self"));
  Attributes made = TRY(window(operation, Axes));
  Integers dilation = TRY(operation.integers("dilation"));
  if (dilation.size() == 1) dilation.resize(Axes, dilation.front());
  made["dilations"] = dilation;
  const bool single = input.rank() == static_cast<std::int64_t>(Axes) + 1;  // no batch
  const std::string batch =
      single ? operation.add("Unsqueeze", {input.name, operation.integers_value({0})}) : input.name;
  std::string result = operation.add("MaxPool", {batch}, std::move(made));
  if (single) result = operation.add("Squeeze", {result, operation.integers_value({0})});
  return operation.output(std::move(result));
}

/// To 1 x 1 it is a global pool; where the sizes divide, windows of equal size.
template <std::size_t Axes>
Status lower_adaptive_avg_pool(Operation& operation) {
  const Value input = TRY(operation.tensor("self"));
  const Integers wanted = TRY(operation.integers("output_size"));
  if (wanted.size() != Axes || input.rank() < static_cast<std::int64_t>(Axes) + 1) {
    return operation.wrong("the output's size does not fit the input's rank");
  }
  const bool single = input.rank() == static_cast<std::int64_t>(Axes) + 1;
  if (single) return operation.refuse("an image without a batch is not supported here");
  bool global = true;
  Integers kernel;
  for (std::size_t i = 0; i < Axes; ++i) {
    const std::int64_t size = input.size(static_cast<std::int64_t>(i) + 2);
    global = global && wanted[i] == 1;
    kernel.push_back(size > 0 && wanted[i] > 0 && size % wanted[i] == 0 ? size / wanted[i] : 0);
  }
  if (global) return operation.output(operation.add("GlobalAveragePool", {input.name}));
  for (const std::int64_t size : kernel) {
    if (size == 0) return operation.refuse("the input's size is not a known multiple of the output's");
  }
  return operation.output(
      operation.add("AveragePool", {input.name}, attributes("kernel_shape", kernel, "strides", kernel)));
}

constexpr Operator kOperators[] = {
    {"adaptive_avg_pool1d", lower_adaptive_avg_pool<1>},
    {"adaptive_avg_pool2d", lower_adaptive_avg_pool<2>},
    {"adaptive_avg_pool3d", lower_adaptive_avg_pool<3>},
    {"max_pool1d", lower_max_pool<1>},
    {"max_pool2d", lower_max_pool<2>},
    {"max_pool2d_with_indices", lower_max_pool<2>},
    {"max_pool3d", lower_max_pool<3>},
    {"max_pool3d_with_indices", lower_max_pool<3>},
};

}  // namespace

std::span<const Operator> pooling_operators() { return kOperators; }

}  // namespace tandem::convert::aten
