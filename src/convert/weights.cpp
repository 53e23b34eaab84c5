// SPDX-License-Identifier: Apache-2.0
// Look-up, shape check, conversion to float32.
#include "convert/weights.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/half.h"

namespace tandem::convert {
namespace {

template <typename T, typename Convert>
Result<Tensor> converted(const Tensor& tensor, Convert convert) {
  Tensor result = TRY(Tensor::allocate(DType::kFloat32, tensor.shape()));
  const auto from = tensor.values<T>();
  std::transform(from.begin(), from.end(), result.mutable_values<float>().begin(), convert);
  return result;
}

Result<Tensor> to_float32(const std::string& name, const Tensor& tensor) {
  switch (tensor.dtype()) {
    case DType::kFloat32: return tensor.view();
    case DType::kFloat64: return converted<double>(tensor, [](double value) { return static_cast<float>(value); });
    case DType::kFloat16: return converted<Float16>(tensor, [](Float16 value) { return to_float(value); });
    case DType::kBfloat16: return converted<Bfloat16>(tensor, [](Bfloat16 value) { return to_float(value); });
    default:
      return invalid_argument(
          fmt::format("the tensor '{}' is {}: expected a floating-point tensor", name, dtype_name(tensor.dtype())));
  }
}

}  // namespace

Weights::Weights(std::vector<NamedTensor> tensors) {
  for (NamedTensor& entry : tensors) entries_.insert_or_assign(std::move(entry.name), Entry{std::move(entry.tensor)});
}

const Weights::Entry* Weights::find(std::string_view name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

const Shape* Weights::shape(std::string_view name) const {
  const Entry* entry = find(name);
  return entry == nullptr ? nullptr : &entry->tensor.shape();
}

Result<std::int64_t> Weights::dim(std::string_view name, std::size_t rank, std::size_t axis) const {
  const Shape* found = shape(name);
  if (found == nullptr) return invalid_argument(fmt::format("the checkpoint has no tensor '{}'", name));
  if (found->rank() != rank) {
    return invalid_argument(
        fmt::format("the tensor '{}' has the shape {}: expected {} dimensions", name, to_string(*found), rank));
  }
  if ((*found)[axis] < 1) return invalid_argument(fmt::format("the tensor '{}' is empty", name));
  return (*found)[axis];
}

Result<Tensor> Weights::take(const std::string& name, const Shape& expected) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return invalid_argument(fmt::format("the checkpoint has no tensor '{}'", name));
  const Tensor& tensor = found->second.tensor;
  if (tensor.shape() != expected) {
    return invalid_argument(fmt::format("the tensor '{}' has the shape {}: expected {}", name,
                                        to_string(tensor.shape()), to_string(expected)));
  }
  found->second.taken = true;
  return to_float32(name, tensor);
}

std::vector<std::string> Weights::unused() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) {
    if (!entry.taken) names.push_back(name);
  }
  return names;
}

std::vector<std::string_view> Weights::names() const {
  std::vector<std::string_view> names;
  for (const auto& entry : entries_) names.push_back(entry.first);
  return names;
}

std::size_t Weights::parameter_count() const {
  std::size_t count = 0;
  for (const auto& [name, entry] : entries_) {
    if (is_floating_point(entry.tensor.dtype())) count += entry.tensor.element_count();
  }
  return count;
}

}  // namespace tandem::convert
