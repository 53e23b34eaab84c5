// SPDX-License-Identifier: Apache-2.0
// Look-up, shape check, conversion to float32.
#include "convert/weights.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/mapped_pages.h"
#include "core/half.h"
#include "formats/checkpoint.h"

namespace tandem::convert {
namespace {

/// Elements of all missing tensors together: 1 GiB in float32, more than the largest of the networks that are known.
constexpr std::int64_t kMostMissing = std::int64_t{1} << 28;

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

Weights::Weights(std::vector<NamedTensor> tensors, std::shared_ptr<const MappedFile> source)
    : source_(std::move(source)) {
  for (NamedTensor& entry : tensors) entries_.insert_or_assign(std::move(entry.name), Entry{std::move(entry.tensor)});
}

void Weights::done_with(const Tensor& taken) const {
  if (source_ != nullptr) forget_pages(*source_, taken.bytes());
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

Result<Tensor> Weights::stand_in(const std::string& name, const Shape& expected) {
  const auto count = expected.element_count();
  if (!count || *count > kMostMissing - missing_elements_) {
    return fail(
        Code::kResourceExhausted,
        fmt::format("the checkpoint has no tensor '{}', which would have the shape {}", name, to_string(expected)));
  }
  Tensor zeros = TRY(Tensor::allocate(DType::kFloat32, expected));
  std::ranges::fill(zeros.mutable_values<float>(), 0.0F);
  missing_elements_ += *count;
  missing_.push_back({name, expected});
  return zeros;
}

Result<Tensor> Weights::take(const std::string& name, const Shape& expected) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return stand_in(name, expected);
  const Tensor& tensor = found->second.tensor;
  if (tensor.shape() != expected) {
    return invalid_argument(fmt::format("the tensor '{}' has the shape {}: expected {}", name,
                                        to_string(tensor.shape()), to_string(expected)));
  }
  found->second.taken = true;
  return to_float32(name, tensor);
}

void Weights::leave(std::string_view prefix) {
  for (auto entry = entries_.lower_bound(prefix); entry != entries_.end() && entry->first.starts_with(prefix);
       ++entry) {
    entry->second.taken = true;
  }
}

std::vector<std::string> Weights::unused() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) {
    if (!entry.taken && is_floating_point(entry.tensor.dtype())) names.push_back(name);
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

Weights weights_of(const Checkpoint& checkpoint) {
  std::vector<NamedTensor> tensors;
  for (const NamedTensor& entry : checkpoint.tensors) tensors.push_back({entry.name, entry.tensor.view()});
  return Weights(std::move(tensors), checkpoint.file);
}

}  // namespace tandem::convert
