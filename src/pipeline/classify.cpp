// SPDX-License-Identifier: Apache-2.0
// Softmax, sigmoid and the classes by probability.
#include "pipeline/classify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/half.h"

namespace tandem {
namespace {

template <typename T, typename Convert>
std::vector<float> converted(const Tensor& tensor, Convert convert) {
  const auto source = tensor.values<T>();
  std::vector<float> values(source.size());
  std::transform(source.begin(), source.end(), values.begin(), convert);
  return values;
}

/// Rows are classes, so that the inner loops run along positions and vectorize.
void softmax(std::size_t classes, std::span<float> values) {
  const std::size_t positions = values.size() / classes;
  std::vector<float> maximum(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(positions));
  for (std::size_t c = 1; c < classes; ++c) {
    const float* row = values.data() + c * positions;
    for (std::size_t i = 0; i < positions; ++i) maximum[i] = std::max(maximum[i], row[i]);
  }
  std::vector<float> sum(positions, 0.0F);
  for (std::size_t c = 0; c < classes; ++c) {
    float* row = values.data() + c * positions;
    for (std::size_t i = 0; i < positions; ++i) {
      row[i] = std::exp(row[i] - maximum[i]);
      sum[i] += row[i];
    }
  }
  for (std::size_t c = 0; c < classes; ++c) {
    float* row = values.data() + c * positions;
    for (std::size_t i = 0; i < positions; ++i) row[i] /= sum[i];
  }
}

}  // namespace

Result<std::vector<float>> float_values(const Tensor& tensor) {
  const auto same = [](auto value) { return static_cast<float>(value); };
  const auto half = [](auto value) { return to_float(value); };
  switch (tensor.dtype()) {
    case DType::kFloat32: return converted<float>(tensor, same);
    case DType::kFloat64: return converted<double>(tensor, same);
    case DType::kFloat16: return converted<Float16>(tensor, half);
    case DType::kBfloat16: return converted<Bfloat16>(tensor, half);
    default: break;
  }
  return invalid_argument(fmt::format("expected an output of floating point, got {}", to_string(tensor)));
}

Status activate(Activation activation, std::size_t classes, std::span<float> values) {
  if (activation == Activation::kSoftmax) softmax(classes, values);
  if (activation == Activation::kSigmoid) {
    for (float& value : values) value = 1.0F / (1.0F + std::exp(-value));
  }
  // Rounding in the model may carry a probability a little past 1.
  const auto bad = std::find_if(values.begin(), values.end(), [](float p) { return !(p >= -1e-3F && p <= 1.001F); });
  if (bad == values.end()) return {};
  return internal_error(
      fmt::format("element {} of the output is no probability: {}; check the model and its activation",
                  bad - values.begin(), *bad));
}

std::string class_label(const std::vector<std::string>& labels, std::size_t index) {
  return index < labels.size() ? labels[index] : fmt::format("class_{}", index);
}

Result<Classification> classify(const Tensor& output, const OutputConfig& config) {
  const auto& dims = output.shape().dims();
  const bool fits = dims.size() >= 2 && dims[0] == 1 && dims[1] >= 1 &&
                    std::all_of(dims.begin() + 2, dims.end(), [](std::int64_t dim) { return dim == 1; });
  if (!fits) {
    return invalid_argument(fmt::format("classification: expected an output [1, classes], got {}", to_string(output)));
  }
  std::vector<float> probabilities = TRY(float_values(output));
  TRY(activate(config.activation, probabilities.size(), probabilities));
  if (probabilities.size() == 1) probabilities.insert(probabilities.begin(), 1.0F - probabilities[0]);

  Classification result;
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    result.classes.push_back({class_label(config.labels, i), i, probabilities[i]});
    if (probabilities[i] > probabilities[result.best]) result.best = i;
  }
  return result;
}

}  // namespace tandem
