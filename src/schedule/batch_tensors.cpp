// SPDX-License-Identifier: Apache-2.0
// One memcpy a row block, into slabs that only grow.
#include "schedule/batch_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace tandem {
namespace {

bool has_rows(const Tensor& tensor) {
  return tensor.shape().rank() >= 1 && (tensor.dtype() == DType::kString || bit_width(tensor.dtype()) >= 8);
}

Result<Tensor> join_strings(std::span<const std::span<const Tensor>> requests, std::size_t input, Shape shape) {
  Tensor joined = TRY(Tensor::allocate(DType::kString, std::move(shape)));
  auto target = joined.mutable_strings().begin();
  for (const auto& inputs : requests) {
    const auto strings = inputs[input].strings();
    target = std::copy(strings.begin(), strings.end(), target);
  }
  return joined;
}

}  // namespace

std::optional<std::int64_t> batch_rows(std::span<const Tensor> inputs) {
  if (inputs.empty() || !std::all_of(inputs.begin(), inputs.end(), has_rows)) return std::nullopt;
  const std::int64_t rows = inputs[0].shape()[0];
  const auto same = [rows](const Tensor& tensor) { return tensor.shape()[0] == rows; };
  if (rows < 1 || !std::all_of(inputs.begin(), inputs.end(), same)) return std::nullopt;
  return rows;
}

bool can_join(std::span<const Tensor> a, std::span<const Tensor> b) {
  const auto alike = [](const Tensor& x, const Tensor& y) {
    const auto& p = x.shape().dims();
    const auto& q = y.shape().dims();
    return x.dtype() == y.dtype() && p.size() == q.size() && std::equal(p.begin() + 1, p.end(), q.begin() + 1);
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), alike);
}

Result<std::vector<Tensor>> BatchTensors::join(std::span<const std::span<const Tensor>> requests) {
  const std::size_t count = requests.front().size();
  if (slabs_.size() < count) slabs_.resize(count);
  std::vector<Tensor> joined;
  joined.reserve(count);
  for (std::size_t input = 0; input < count; ++input) joined.push_back(TRY(join_input(requests, input)));
  return joined;
}

Result<Tensor> BatchTensors::join_input(std::span<const std::span<const Tensor>> requests, std::size_t input) {
  std::int64_t rows = 0;
  std::size_t size = 0;
  for (const auto& inputs : requests) {
    rows += inputs[input].shape()[0];
    size += inputs[input].byte_size();
  }
  const Tensor& first = requests.front()[input];
  Shape shape = first.shape();
  shape[0] = rows;
  if (first.dtype() == DType::kString) return join_strings(requests, input, std::move(shape));

  Slab& slab = slabs_[input];
  if (slab.size < size || !slab.memory) {
    slab.memory = allocate_aligned(size);
    slab.size = slab.memory ? size : 0;
    if (!slab.memory) return fail(Code::kResourceExhausted, fmt::format("no memory for a batch of {} bytes", size));
  }
  std::byte* target = slab.memory.get();
  for (const auto& inputs : requests) {
    const auto bytes = inputs[input].bytes();
    if (!bytes.empty()) std::memcpy(target, bytes.data(), bytes.size());
    target += bytes.size();
  }
  return Tensor::borrow(first.dtype(), std::move(shape), std::span<std::byte>(slab.memory.get(), size));
}

bool splits_into(std::span<const Tensor> outputs, std::int64_t rows) {
  return std::all_of(outputs.begin(), outputs.end(),
                     [rows](const Tensor& tensor) { return has_rows(tensor) && tensor.shape()[0] == rows; });
}

std::vector<Tensor> cut_rows(std::span<const Tensor> outputs, std::int64_t begin, std::int64_t count) {
  std::vector<Tensor> part;
  part.reserve(outputs.size());
  for (const Tensor& output : outputs) part.push_back(output.rows(begin, count));
  return part;
}

}  // namespace tandem
