// SPDX-License-Identifier: Apache-2.0
// One template for the element types; partial sorting, for k is small.
#include "serve/v2/classification.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "core/half.h"

namespace tandem::serve {
namespace {

bool is_number(float value) { return !std::isnan(value); }
bool is_number(double value) { return !std::isnan(value); }
template <typename T>
bool is_number(T) {
  return true;
}

template <typename T>
class TopClasses final {
 public:
  TopClasses(std::span<const T> values, std::span<const std::string> labels) : values_(values), labels_(labels) {}

  void write(std::span<std::string> best) const {
    std::vector<std::size_t> order(values_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(best.size());
    std::partial_sort(order.begin(), end, order.end(),
                      [this](std::size_t a, std::size_t b) { return goes_before(a, b); });
    for (std::size_t i = 0; i < best.size(); ++i) best[i] = describe(order[i]);
  }

 private:
  bool goes_before(std::size_t a, std::size_t b) const {
    const bool a_counts = is_number(values_[a]);
    const bool b_counts = is_number(values_[b]);
    if (a_counts != b_counts) return a_counts;
    if (a_counts && values_[a] != values_[b]) return values_[a] > values_[b];
    return a < b;
  }

  std::string describe(std::size_t index) const {
    // + makes a number of the 8-bit types, which are characters to fmt.
    std::string text = fmt::format("{}:{}", +values_[index], index);
    if (index < labels_.size()) text += ':' + labels_[index];
    return text;
  }

  std::span<const T> values_;
  std::span<const std::string> labels_;
};

template <typename T>
Result<Tensor> classify_values(std::span<const T> values, const Shape& shape, const ClassificationOptions& options) {
  const bool by_sample = options.batched && shape.rank() > 0;
  const auto samples = static_cast<std::size_t>(by_sample ? shape[0] : 1);
  const std::size_t classes = samples == 0 ? 0 : values.size() / samples;
  if (classes == 0) return invalid_argument(fmt::format("shape {} has no classes", to_string(shape)));
  const std::size_t count = std::min(options.classes, classes);
  Shape wanted = by_sample ? Shape{static_cast<std::int64_t>(samples), static_cast<std::int64_t>(count)}
                           : Shape{static_cast<std::int64_t>(count)};
  Tensor answer = TRY(Tensor::allocate(DType::kString, std::move(wanted)));
  for (std::size_t i = 0; i < samples; ++i) {
    TopClasses<T>(values.subspan(i * classes, classes), options.labels)
        .write(answer.mutable_strings().subspan(i * count, count));
  }
  return answer;
}

template <typename T>
Result<Tensor> classify_as(const Tensor& output, const ClassificationOptions& options) {
  return classify_values(output.values<T>(), output.shape(), options);
}

template <typename Half>
Result<Tensor> classify_halves(const Tensor& output, const ClassificationOptions& options) {
  std::vector<float> values;
  for (const Half half : output.values<Half>()) values.push_back(to_float(half));
  return classify_values(std::span<const float>(values), output.shape(), options);
}

}  // namespace

Result<Tensor> classify(const Tensor& output, const ClassificationOptions& options) {
  switch (output.dtype()) {
    case DType::kFloat32: return classify_as<float>(output, options);
    case DType::kFloat64: return classify_as<double>(output, options);
    case DType::kFloat16: return classify_halves<Float16>(output, options);
    case DType::kBfloat16: return classify_halves<Bfloat16>(output, options);
    case DType::kInt8: return classify_as<std::int8_t>(output, options);
    case DType::kInt16: return classify_as<std::int16_t>(output, options);
    case DType::kInt32: return classify_as<std::int32_t>(output, options);
    case DType::kInt64: return classify_as<std::int64_t>(output, options);
    case DType::kUint8: return classify_as<std::uint8_t>(output, options);
    case DType::kUint16: return classify_as<std::uint16_t>(output, options);
    case DType::kUint32: return classify_as<std::uint32_t>(output, options);
    case DType::kUint64: return classify_as<std::uint64_t>(output, options);
    default:
      return invalid_argument(
          fmt::format("classification: expected an output of numbers, got {}", dtype_name(output.dtype())));
  }
}

}  // namespace tandem::serve
