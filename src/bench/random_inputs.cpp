// SPDX-License-Identifier: Apache-2.0
// Shapes are made concrete, then filled by element type.
#include "bench/random_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <random>
#include <set>

#include "core/half.h"

namespace tandem::bench {
namespace {

Result<Shape> make_shape(const TensorSpec& spec, const RandomInputOptions& options) {
  if (spec.shape.unknown_rank) {
    return invalid_argument(fmt::format("input '{}' has no shape in the model: give a tensor for it", spec.name));
  }
  std::vector<std::int64_t> dims;
  for (std::size_t axis = 0; axis < spec.shape.dims.size(); ++axis) {
    const Dim& dim = spec.shape.dims[axis];
    const auto named = options.dims.find(dim.name);
    if (dim.is_fixed()) {
      dims.push_back(dim.size);
    } else if (named != options.dims.end()) {
      dims.push_back(named->second);
    } else {
      dims.push_back(axis == 0 ? options.batch : 1);
    }
  }
  return Shape(std::move(dims));
}

/// Every named size must name something, and a batch must have a place to go.
Status check_options(std::span<const TensorSpec> specs, const RandomInputOptions& options) {
  std::set<std::string> names;
  bool takes_batch = options.batch == 1;
  for (const TensorSpec& spec : specs) {
    for (const Dim& dim : spec.shape.dims) {
      if (!dim.is_fixed() && !dim.name.empty()) names.insert(dim.name);
    }
    if (spec.shape.dims.empty()) continue;
    const Dim& first = spec.shape.dims.front();
    takes_batch = takes_batch || !first.is_fixed() || first.size == options.batch;
  }
  for (const auto& [name, size] : options.dims) {
    if (names.contains(name)) continue;
    return invalid_argument(fmt::format("the model has no open dimension '{}'; it has {}", name,
                                        names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
  }
  if (!takes_batch) {
    return invalid_argument(
        fmt::format("the model takes no batch of {}: the first dimension of its inputs is fixed", options.batch));
  }
  return {};
}

template <typename T, typename Make>
void fill(Tensor& tensor, Make make) {
  std::generate(tensor.mutable_values<T>().begin(), tensor.mutable_values<T>().end(), make);
}

void fill_random(Tensor& tensor, std::mt19937_64& random) {
  std::normal_distribution<float> normal;
  const auto bit = [&](auto zero) { return static_cast<decltype(zero)>(random() & 1U); };
  switch (tensor.dtype()) {
    case DType::kFloat32: return fill<float>(tensor, [&] { return normal(random); });
    case DType::kFloat64: return fill<double>(tensor, [&] { return static_cast<double>(normal(random)); });
    case DType::kFloat16: return fill<Float16>(tensor, [&] { return to_float16(normal(random)); });
    case DType::kBfloat16: return fill<Bfloat16>(tensor, [&] { return to_bfloat16(normal(random)); });
    case DType::kUint8: return fill<std::uint8_t>(tensor, [&] { return static_cast<std::uint8_t>(random() & 0xFFU); });
    case DType::kInt8: return fill<std::int8_t>(tensor, [&] { return bit(std::int8_t{}); });
    case DType::kUint16: return fill<std::uint16_t>(tensor, [&] { return bit(std::uint16_t{}); });
    case DType::kInt16: return fill<std::int16_t>(tensor, [&] { return bit(std::int16_t{}); });
    case DType::kInt32: return fill<std::int32_t>(tensor, [&] { return bit(std::int32_t{}); });
    case DType::kInt64: return fill<std::int64_t>(tensor, [&] { return bit(std::int64_t{}); });
    case DType::kUint32: return fill<std::uint32_t>(tensor, [&] { return bit(std::uint32_t{}); });
    case DType::kUint64: return fill<std::uint64_t>(tensor, [&] { return bit(std::uint64_t{}); });
    case DType::kBool: return fill<bool>(tensor, [&] { return (random() & 1U) != 0; });
    case DType::kString: std::ranges::fill(tensor.mutable_strings(), std::string(1, '0')); return;
    default: std::ranges::fill(tensor.mutable_bytes(), std::byte{0});
  }
}

}  // namespace

Result<std::vector<Tensor>> make_random_inputs(std::span<const TensorSpec> specs, const RandomInputOptions& options) {
  TRY(check_options(specs, options));
  std::mt19937_64 random(options.seed);
  std::vector<Tensor> inputs;
  for (const TensorSpec& spec : specs) {
    if (spec.optional) {
      inputs.emplace_back();
      continue;
    }
    const Shape shape = TRY(make_shape(spec, options));
    Tensor tensor = TRY(Tensor::allocate(spec.dtype, shape));
    fill_random(tensor, random);
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

Result<std::vector<std::vector<Tensor>>> make_random_sets(std::span<const TensorSpec> specs, RandomInputOptions options,
                                                          std::size_t count) {
  std::vector<std::vector<Tensor>> sets;
  for (; sets.size() < count; ++options.seed) sets.push_back(TRY(make_random_inputs(specs, options)));
  return sets;
}

}  // namespace tandem::bench
