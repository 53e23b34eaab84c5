// SPDX-License-Identifier: Apache-2.0
// The largest channel wins, then classes are counted.
#include "bench/mask_overlap.h"

#include <algorithm>
#include <numeric>

#include "core/tolerance.h"

namespace tandem::bench {
namespace {

constexpr std::int64_t kMostMaskClasses = 65536;

}  // namespace

bool looks_like_mask(const Tensor& tensor) {
  return is_floating_point(tensor.dtype()) && tensor.shape().rank() == 4 && tensor.shape()[1] >= 2 &&
         tensor.shape()[1] <= kMostMaskClasses && tensor.shape()[2] > 1 && tensor.shape()[3] > 1 &&
         tensor.element_count() > 0;
}

std::vector<std::uint32_t> mask_of(const Tensor& tensor, const MaskRule& rule) {
  if (tensor.shape().rank() < 2 || tensor.element_count() == 0 || tensor.dtype() == DType::kString) return {};
  if (tensor.shape()[1] > kMostMaskClasses) return {};
  const auto items = static_cast<std::size_t>(tensor.shape()[0]);
  const auto channels = static_cast<std::size_t>(tensor.shape()[1]);
  const std::size_t places = tensor.element_count() / items / channels;
  std::vector<std::uint32_t> mask(items * places);
  for (std::size_t item = 0; item < items; ++item) {
    for (std::size_t place = 0; place < places; ++place) {
      const auto score = [&](std::size_t channel) {
        return element_as_double(tensor, (item * channels + channel) * places + place);
      };
      std::uint32_t best = channels == 1 && score(0) >= rule.threshold ? 1 : 0;
      for (std::size_t channel = 1; channel < channels; ++channel) {
        if (score(channel) > score(best)) best = static_cast<std::uint32_t>(channel);
      }
      mask[item * places + place] = best;
    }
  }
  return mask;
}

void MaskOverlap::add(const Tensor& got, const Tensor& reference, const MaskRule& rule) {
  const std::vector<std::uint32_t> a = mask_of(got, rule);
  const std::vector<std::uint32_t> b = mask_of(reference, rule);
  if (a.empty() || a.size() != b.size()) return;
  const std::size_t most = 1 + std::max(*std::ranges::max_element(a), *std::ranges::max_element(b));
  if (classes_.size() < most) classes_.resize(most);
  for (std::size_t i = 0; i < a.size(); ++i) {
    ++classes_[a[i]].got;
    ++classes_[b[i]].reference;
    if (a[i] == b[i]) ++classes_[a[i]].both;
  }
}

std::optional<double> MaskOverlap::dice(std::size_t class_index) const {
  if (class_index >= classes_.size()) return std::nullopt;
  const Counts& counts = classes_[class_index];
  const auto sum = static_cast<double>(counts.got + counts.reference);
  if (sum == 0) return std::nullopt;
  return 2 * static_cast<double>(counts.both) / sum;
}

std::vector<double> MaskOverlap::foreground() const {
  std::vector<double> values;
  for (std::size_t i = 1; i < classes_.size(); ++i) {
    if (const auto value = dice(i)) values.push_back(*value);
  }
  if (values.empty() && !classes_.empty()) values.push_back(dice(0).value_or(1));
  return values;
}

std::optional<double> MaskOverlap::mean_dice() const {
  const std::vector<double> values = foreground();
  if (values.empty()) return std::nullopt;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::optional<double> MaskOverlap::lowest_dice() const {
  const std::vector<double> values = foreground();
  if (values.empty()) return std::nullopt;
  return *std::ranges::min_element(values);
}

}  // namespace tandem::bench
