// SPDX-License-Identifier: Apache-2.0
// A table says which axis of which tensor holds the units; importance and cutting both follow it.
#include "optimize/prune_captioner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <string_view>

#include "core/axis_split.h"

namespace tandem::optimize {
namespace {

/// One axis of one tensor along which units lie; a GRU stacks three gates of them.
struct UnitAxis {
  std::string_view tensor;
  std::size_t axis = 0;
  std::int64_t blocks = 1;
};

constexpr std::array<UnitAxis, 9> kHiddenUnits = {{{"decoder.decode_step.weight_ih", 0, 3},
                                                   {"decoder.decode_step.weight_hh", 0, 3},
                                                   {"decoder.decode_step.weight_hh", 1, 1},
                                                   {"decoder.decode_step.bias_ih", 0, 3},
                                                   {"decoder.decode_step.bias_hh", 0, 3},
                                                   {"decoder.init_h.weight", 0, 1},
                                                   {"decoder.init_h.bias", 0, 1},
                                                   {"decoder.fc.weight", 1, 1},
                                                   {"decoder.decoder_att.weight", 1, 1}}};
constexpr std::array<UnitAxis, 5> kAttentionUnits = {{{"decoder.encoder_att.weight", 0, 1},
                                                      {"decoder.encoder_att.bias", 0, 1},
                                                      {"decoder.decoder_att.weight", 0, 1},
                                                      {"decoder.decoder_att.bias", 0, 1},
                                                      {"decoder.full_att.weight", 1, 1}}};

Result<Tensor> cut(const Tensor& tensor, std::size_t axis, const std::vector<std::size_t>& kept) {
  const AxisSplit split = split_at(tensor.shape(), axis);
  std::vector<std::int64_t> dims;
  for (std::size_t i = 0; i < tensor.shape().rank(); ++i) {
    dims.push_back(i == axis ? static_cast<std::int64_t>(kept.size()) : tensor.shape()[i]);
  }
  Tensor result = TRY(Tensor::allocate(DType::kFloat32, Shape(dims)));
  const auto from = tensor.values<float>();
  auto to = result.mutable_values<float>().begin();
  for (std::size_t outer = 0; outer < split.outer; ++outer) {
    for (const std::size_t index : kept) {
      const auto slice = from.subspan((outer * split.along + index) * split.inner, split.inner);
      to = std::copy(slice.begin(), slice.end(), to);
    }
  }
  return result;
}

class Pruner final {
 public:
  explicit Pruner(std::span<const NamedTensor> checkpoint) {
    for (const NamedTensor& one : checkpoint) pruned_.tensors.push_back({one.name, one.tensor.view()});
  }

  Result<PrunedCaptioner> run(const PruneOptions& options) {
    for (const double share : {options.structured, options.magnitude}) {
      if (share >= 0 && share < 1) continue;
      return invalid_argument(fmt::format("a share of {} to prune: expected 0 or more and less than 1", share));
    }
    pruned_.decoder_before = TRY(unit_count("decoder.decode_step.weight_hh", 1));
    pruned_.attention_before = TRY(unit_count("decoder.encoder_att.weight", 0));
    pruned_.decoder_after = TRY(cut_units(kHiddenUnits, pruned_.decoder_before, options.structured));
    pruned_.attention_after = TRY(cut_units(kAttentionUnits, pruned_.attention_before, options.structured));
    for (NamedTensor& one : pruned_.tensors) TRY(zero_smallest(one.tensor, options.magnitude));
    return std::move(pruned_);
  }

 private:
  Tensor* find(std::string_view name) {
    const auto found = std::ranges::find(pruned_.tensors, name, &NamedTensor::name);
    return found == pruned_.tensors.end() ? nullptr : &found->tensor;
  }

  Result<std::int64_t> unit_count(std::string_view name, std::size_t axis) {
    const Tensor* tensor = find(name);
    if (tensor == nullptr || tensor->shape().rank() != 2) {
      return invalid_argument(
          fmt::format("the checkpoint has no matrix '{}': expected a captioner of MobileNetV3, "
                      "attention and GRU (docs/convert/captioner.md)",
                      name));
    }
    return tensor->shape()[axis];
  }

  Status check(const UnitAxis& where, std::int64_t units) {
    const Tensor* tensor = find(where.tensor);
    const bool fits = tensor != nullptr && tensor->dtype() == DType::kFloat32 && tensor->shape().rank() > where.axis &&
                      tensor->shape()[where.axis] == units * where.blocks;
    if (fits) return {};
    return invalid_argument(fmt::format("'{}' is {}: expected float32 with {} along axis {}", where.tensor,
                                        tensor == nullptr ? "missing" : to_string(*tensor), units * where.blocks,
                                        where.axis));
  }

  /// Adds each unit's norm in one tensor, over all its blocks, divided by the mean norm.
  void add_importance(const UnitAxis& where, std::vector<double>& importance) {
    const Tensor& tensor = *find(where.tensor);
    const AxisSplit split = split_at(tensor.shape(), where.axis);
    const auto values = tensor.values<float>();
    std::vector<double> norms(importance.size(), 0.0);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t unit = i / split.inner % split.along % importance.size();
      norms[unit] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    }
    for (double& norm : norms) norm = std::sqrt(norm);
    const double mean = std::accumulate(norms.begin(), norms.end(), 0.0) / static_cast<double>(norms.size());
    if (!(mean > 0)) return;
    for (std::size_t unit = 0; unit < norms.size(); ++unit) importance[unit] += norms[unit] / mean;
  }

  /// Returns how many units are left.
  Result<std::int64_t> cut_units(std::span<const UnitAxis> axes, std::int64_t units, double share) {
    for (const UnitAxis& where : axes) TRY(check(where, units));
    const auto left = std::max<std::int64_t>(1, std::llround(static_cast<double>(units) * (1 - share)));
    if (left >= units) return units;
    std::vector<double> importance(static_cast<std::size_t>(units), 0.0);
    for (const UnitAxis& where : axes) {
      if (find(where.tensor)->shape().rank() > 1) add_importance(where, importance);
    }
    std::vector<std::size_t> order(importance.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return importance[a] > importance[b]; });
    order.resize(static_cast<std::size_t>(left));
    std::ranges::sort(order);
    for (const UnitAxis& where : axes) {
      std::vector<std::size_t> kept;
      for (std::int64_t block = 0; block < where.blocks; ++block) {
        for (const std::size_t unit : order) kept.push_back(static_cast<std::size_t>(block * units) + unit);
      }
      Tensor& tensor = *find(where.tensor);
      tensor = TRY(cut(tensor, where.axis, kept));
    }
    return left;
  }

  /// Matrices and kernels only: biases and normalization are few, and each counts.
  Status zero_smallest(Tensor& tensor, double share) {
    if (tensor.dtype() != DType::kFloat32 || tensor.shape().rank() < 2) return {};
    const auto count = static_cast<std::size_t>(share * static_cast<double>(tensor.element_count()));
    if (count == 0) return {};
    Tensor copy = TRY(tensor.clone());
    const auto values = copy.mutable_values<float>();
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), 0U);
    const auto nth = order.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(order.begin(), nth, order.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(std::abs(values[a]), a) < std::pair(std::abs(values[b]), b);
    });
    for (auto index = order.begin(); index != nth; ++index) values[*index] = 0;
    pruned_.zeroed += count;
    tensor = std::move(copy);
    return {};
  }

  PrunedCaptioner pruned_;
};

}  // namespace

Result<PrunedCaptioner> prune_captioner(std::span<const NamedTensor> checkpoint, const PruneOptions& options) {
  return Pruner(checkpoint).run(options);
}

}  // namespace tandem::optimize
