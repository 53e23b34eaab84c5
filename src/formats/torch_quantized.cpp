// SPDX-License-Identifier: Apache-2.0
// Quantized tensors of torch, as the float32 numbers that they stand for: (integer - zero point) * scale.
//
// Source: torch/_utils.py, _rebuild_qtensor(storage, offset, size, stride, (scheme, ...), requires_grad, hooks).
#include <fmt/format.h>

#include <algorithm>

#include "formats/torch_tensors.h"

namespace tandem {
namespace {

/// One scale and zero point for the whole tensor, or one for each index along `axis`.
struct Quantization {
  std::vector<double> scales;
  std::vector<double> zero_points;
  std::size_t axis = 0;
};

template <typename T>
void dequantize_as(const Tensor& integers, const Quantization& quantization, std::span<float> out) {
  const auto values = integers.values<T>();
  const auto& dims = integers.shape().dims();
  std::size_t inner = 1;  // elements between one index along the axis and the next
  for (std::size_t axis = quantization.axis + 1; axis < dims.size(); ++axis)
    inner *= static_cast<std::size_t>(dims[axis]);
  const std::size_t channels = quantization.scales.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t channel = channels == 1 ? 0 : i / inner % channels;
    out[i] = static_cast<float>((static_cast<double>(values[i]) - quantization.zero_points[channel]) *
                                quantization.scales[channel]);
  }
}

bool is_number(const PickleValue* value) {
  return value != nullptr && (value->kind == PickleKind::kInt || value->kind == PickleKind::kFloat);
}

double number(const PickleValue& value) {
  return value.kind == PickleKind::kInt ? static_cast<double>(value.integer) : value.real;
}

template <typename T>
std::vector<double> as_doubles(const Tensor& tensor) {
  const auto values = tensor.values<T>();
  std::vector<double> doubles(values.size());
  std::transform(values.begin(), values.end(), doubles.begin(), [](T value) { return static_cast<double>(value); });
  return doubles;
}

}  // namespace

/// A number, a list of numbers, or a tensor of them.
Result<std::vector<double>> TorchTensors::doubles_of(const PickleValue* value) {
  if (is_number(value)) return std::vector<double>{number(*value)};
  if (value != nullptr && (value->kind == PickleKind::kList || value->kind == PickleKind::kTuple)) {
    std::vector<double> numbers;
    for (const PickleValue* item : value->items) {
      if (!is_number(item)) return invalid_argument("torch: a quantization of something that is no number");
      numbers.push_back(number(*item));
    }
    return numbers;
  }
  if (value == nullptr || value->kind != PickleKind::kTensor || is_quantized(*value)) {
    return invalid_argument("torch: a quantized tensor without its scales or zero points");
  }
  const Tensor tensor = TRY(rebuild(*value));
  switch (tensor.dtype()) {
    case DType::kFloat64: return as_doubles<double>(tensor);
    case DType::kFloat32: return as_doubles<float>(tensor);
    case DType::kInt64: return as_doubles<std::int64_t>(tensor);
    case DType::kInt32: return as_doubles<std::int32_t>(tensor);
    default: return invalid_argument(fmt::format("torch: scales or zero points of {}", dtype_name(tensor.dtype())));
  }
}

Result<Tensor> TorchTensors::dequantize(const PickleValue& call) {
  const StridedView view = TRY(view_of(call));
  const PickleValue* scheme = call.argument(4);
  if (scheme == nullptr || scheme->kind != PickleKind::kTuple || scheme->items.size() < 3) {
    return invalid_argument("torch: a quantized tensor without a scheme");
  }
  Quantization quantization;
  quantization.scales = TRY(doubles_of(scheme->items[1]));
  quantization.zero_points = TRY(doubles_of(scheme->items[2]));
  const bool per_channel = scheme->items.size() > 3;
  if (per_channel) {
    const PickleValue& axis = *scheme->items[3];
    const bool inside = axis.kind == PickleKind::kInt && axis.integer >= 0 &&
                        axis.integer < static_cast<std::int64_t>(view.sizes.size());
    if (!inside) return invalid_argument("torch: a tensor is quantized along an axis that it has not");
    quantization.axis = static_cast<std::size_t>(axis.integer);
  }
  const std::int64_t channels = per_channel ? view.sizes[quantization.axis] : 1;
  const auto fits = [&](const std::vector<double>& numbers) {
    return static_cast<std::int64_t>(numbers.size()) == channels;
  };
  if (!fits(quantization.scales) || !fits(quantization.zero_points)) {
    return invalid_argument(fmt::format("torch: {} scales and {} zero points for {} channels",
                                        quantization.scales.size(), quantization.zero_points.size(), channels));
  }
  const Tensor integers = TRY(strided_tensor(view, owner_, budget_));
  TRY(budget_.take(integers.element_count() * sizeof(float)));
  Tensor tensor = TRY(Tensor::allocate(DType::kFloat32, integers.shape()));
  const auto out = tensor.mutable_values<float>();
  switch (integers.dtype()) {
    case DType::kInt8: dequantize_as<std::int8_t>(integers, quantization, out); break;
    case DType::kUint8: dequantize_as<std::uint8_t>(integers, quantization, out); break;
    case DType::kInt32: dequantize_as<std::int32_t>(integers, quantization, out); break;
    default: return invalid_argument(fmt::format("torch: quantized {}", dtype_name(integers.dtype())));
  }
  return tensor;
}

}  // namespace tandem
