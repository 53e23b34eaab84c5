// SPDX-License-Identifier: Apache-2.0
// MaskOverlap: how far the masks agree that two engines' outputs stand for, as Dice coefficients.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/tensor.h"

namespace tandem::bench {

/// How an output becomes a mask of classes.
struct MaskRule {
  /// Of outputs with one channel: class 1 from here on (0.5 of probabilities, 0 of logits). Outputs of several channels
  /// have the class of the largest one, along axis 1.
  double threshold = 0.5;
};

/// Whether a tensor looks like scores of at least two classes at each place of a picture: floats [N, C >= 2, H, W].
bool looks_like_mask(const Tensor& tensor);

/// The class at each place, those of axis 1 compared: first the item, then the place. Empty for a tensor of rank below
/// 2, without elements, or that has no numbers.
std::vector<std::uint32_t> mask_of(const Tensor& tensor, const MaskRule& rule);

/// Over everything that was added.
class MaskOverlap final {
 public:
  /// Of equal shapes.
  void add(const Tensor& got, const Tensor& reference, const MaskRule& rule);

  /// 2 |A and B| / (|A| + |B|) of a class; nothing when neither has it anywhere.
  std::optional<double> dice(std::size_t class_index) const;
  std::size_t class_count() const { return classes_.size(); }
  /// Of the classes that occur, the background (class 0) left out when another one occurs; nothing when nothing was
  /// added.
  std::optional<double> mean_dice() const;
  std::optional<double> lowest_dice() const;

 private:
  struct Counts {
    std::uint64_t got = 0;
    std::uint64_t reference = 0;
    std::uint64_t both = 0;
  };
  std::vector<double> foreground() const;

  std::vector<Counts> classes_;
};

}  // namespace tandem::bench
