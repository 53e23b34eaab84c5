// SPDX-License-Identifier: Apache-2.0
// Convolutions: Conv and ConvTranspose, always with explicit padding.
#include <fmt/format.h>

#include <algorithm>

#include "convert/aten/nodes.h"
#include "convert/aten/operators.h"

namespace tandem::convert::aten {
namespace {

/// The same padding at both ends of each axis, as ONNX wants it: all begins, then all ends.
Integers both_ends(const Integers& padding) {
  Integers pads = padding;
  pads.insert(pads.end(), padding.begin(), padding.end());
  return pads;
}

/// padding="same": (kernel - 1) * dilation in all, an odd one at the end.
Result<Integers> named_padding(Operation& operation, const Value& weight, const Integers& dilation) {
  const std::string mode = TRY(operation.text("padding"));
  Integers begins(dilation.size());
  Integers ends(dilation.size());
  if (mode != "same" && mode != "valid") return operation.refuse(fmt::format("padding '{}' is not known", mode));
  for (std::size_t i = 0; mode == "same" && i < dilation.size(); ++i) {
    const std::int64_t total = (weight.size(static_cast<std::int64_t>(i) + 2) - 1) * dilation[i];
    begins[i] = total / 2;
    ends[i] = total - begins[i];
  }
  begins.insert(begins.end(), ends.begin(), ends.end());
  return begins;
}

/// A list of one number stands for all spatial axes.
Result<Integers> spatial(Operation& operation, std::string_view argument, std::size_t axes) {
  Integers values = TRY(operation.integers(argument));
  if (values.size() == 1) values.resize(axes, values.front());
  if (values.size() == axes) return values;
  return operation.wrong(fmt::format("'{}' has {} numbers for {} axes", argument, values.size(), axes));
}

Result<std::vector<std::string>> convolution_inputs(Operation& operation, const Value& input, const Value& weight) {
  std::vector<std::string> inputs = {input.name, weight.name};
  if (const auto bias = TRY(operation.optional_tensor("bias"))) inputs.push_back(bias->name);
  return inputs;
}

Status convolve(Operation& operation, bool transposed) {
  Value input = TRY(operation.tensor("input"));
  const Value weight = TRY(operation.tensor("weight"));
  if (weight.rank() < 3) return operation.wrong("the kernel has fewer than 3 dimensions");
  const auto axes = static_cast<std::size_t>(weight.rank() - 2);
  const bool single = input.rank() == weight.rank() - 1;  // an image without a batch
  if (single) input.name = operation.add("Unsqueeze", {input.name, operation.integers_value({0})});
  const Integers dilation = TRY(spatial(operation, "dilation", axes));
  const bool named = std::holds_alternative<std::string>(*operation.argument("padding"));
  Attributes made = attributes("strides", TRY(spatial(operation, "stride", axes)), "dilations", dilation, "group",
                               TRY(operation.integer("groups")));
  made["pads"] =
      named ? TRY(named_padding(operation, weight, dilation)) : both_ends(TRY(spatial(operation, "padding", axes)));
  if (transposed) made["output_padding"] = TRY(spatial(operation, "output_padding", axes));
  std::string result = operation.add(transposed ? "ConvTranspose" : "Conv",
                                     TRY(convolution_inputs(operation, input, weight)), std::move(made));
  if (single) result = operation.add("Squeeze", {result, operation.integers_value({0})});
  return operation.output(std::move(result));
}

Status lower_conv(Operation& operation) { return convolve(operation, false); }
Status lower_conv_transpose(Operation& operation) { return convolve(operation, true); }
Status lower_convolution(Operation& operation) { return convolve(operation, TRY(operation.flag("transposed"))); }

constexpr Operator kConvolutionOperators[] = {
    {"conv1d", lower_conv},
    {"conv2d", lower_conv},
    {"conv3d", lower_conv},
    {"conv_transpose1d", lower_conv_transpose},
    {"conv_transpose2d", lower_conv_transpose},
    {"conv_transpose3d", lower_conv_transpose},
    {"convolution", lower_convolution},
};

}  // namespace

std::span<const Operator> convolution_operators() { return kConvolutionOperators; }

}  // namespace tandem::convert::aten
