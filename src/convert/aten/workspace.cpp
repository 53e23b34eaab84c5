// SPDX-License-Identifier: Apache-2.0
// Constants are found again by their memory (tied weights) or by their content (small ones).
#include "convert/aten/workspace.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <utility>

#include "core/half.h"

namespace tandem::convert::aten {
namespace {

double as_real(Number number) {
  const auto* integer = std::get_if<std::int64_t>(&number);
  return integer != nullptr ? static_cast<double>(*integer) : std::get<double>(number);
}

template <typename T>
Result<Tensor> one(T element) {
  return Tensor::from<T>(Shape{}, std::span<const T>(&element, 1));
}

template <typename T>
Result<Tensor> one_integer(Number number) {
  if (const auto* real = std::get_if<double>(&number); real != nullptr) {
    if (!(std::abs(*real) < 9.2e18)) return invalid_argument(fmt::format("{} is no integer", *real));
    number = static_cast<std::int64_t>(*real);
  }
  const std::int64_t integer = std::get<std::int64_t>(number);
  if (!std::in_range<T>(integer)) {
    return invalid_argument(fmt::format("{} is no {}", integer, dtype_name(dtype_of<T>)));
  }
  return one<T>(static_cast<T>(integer));
}

Result<Tensor> scalar_tensor(Number number, DType dtype) {
  switch (dtype) {
    case DType::kFloat32: return one(static_cast<float>(as_real(number)));
    case DType::kFloat64: return one(as_real(number));
    case DType::kFloat16: return one(to_float16(static_cast<float>(as_real(number))));
    case DType::kBfloat16: return one(to_bfloat16(static_cast<float>(as_real(number))));
    case DType::kBool: return one(as_real(number) != 0);
    case DType::kInt64: return one_integer<std::int64_t>(number);
    case DType::kInt32: return one_integer<std::int32_t>(number);
    case DType::kInt16: return one_integer<std::int16_t>(number);
    case DType::kInt8: return one_integer<std::int8_t>(number);
    case DType::kUint8: return one_integer<std::uint8_t>(number);
    case DType::kUint16: return one_integer<std::uint16_t>(number);
    case DType::kUint32: return one_integer<std::uint32_t>(number);
    default: break;
  }
  return fail(Code::kUnimplemented, fmt::format("a number cannot become {} in the model", dtype_name(dtype)));
}

}  // namespace

std::string Workspace::weight(const std::string& path, Tensor tensor) {
  const Memory memory(tensor.data(), tensor.dtype(), tensor.shape().dims());
  const bool shared = tensor.byte_size() > 0;
  if (const auto found = by_memory_.find(memory); shared && found != by_memory_.end()) return found->second;
  const std::string name = graph_.weight(path, tensor.view());
  constants_.emplace(name, std::move(tensor));
  if (shared) by_memory_.emplace(memory, name);
  return name;
}

std::string Workspace::integers(std::vector<std::int64_t> values) {
  const std::string name = fmt::format("int64[{}]", fmt::join(values, ","));
  if (constants_.contains(name)) return name;
  const Shape shape{static_cast<std::int64_t>(values.size())};
  return weight(name, Tensor::from<std::int64_t>(shape, values).value());
}

std::string Workspace::integer(std::int64_t value) {
  const std::string name = fmt::format("int64.{}", value);
  if (constants_.contains(name)) return name;
  return weight(name, Tensor::from<std::int64_t>(Shape{}, std::span<const std::int64_t>(&value, 1)).value());
}

Result<std::string> Workspace::scalar(Number value, DType dtype) {
  const std::string name =
      std::visit([&](auto number) { return fmt::format("{}.{}", dtype_name(dtype), number); }, value);
  if (constants_.contains(name)) return name;
  return weight(name, TRY(scalar_tensor(value, dtype)));
}

const Tensor* Workspace::constant(std::string_view name) const {
  const auto found = constants_.find(name);
  return found == constants_.end() ? nullptr : &found->second;
}

void Workspace::open_inner(std::string name) {
  graph_.open_inner(std::move(name));
  made_outside_.push_back(made_);
}

std::unique_ptr<graph::Graph> Workspace::close_inner(std::vector<TensorSpec> outputs) {
  made_ = std::move(made_outside_.back());
  made_outside_.pop_back();
  return graph_.close_inner(std::move(outputs));
}

Result<std::string> Workspace::once(const std::string& key, const std::function<Result<std::string>()>& make) {
  if (const auto found = made_.find(key); found != made_.end()) return found->second;
  const std::string name = TRY(make());
  made_.emplace(key, name);
  return name;
}

}  // namespace tandem::convert::aten
