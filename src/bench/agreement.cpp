// SPDX-License-Identifier: Apache-2.0
// One pass over both tensors, another one for the decisions.
#include "bench/agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/tolerance.h"

namespace tandem::bench {
namespace {

/// What a difference from an output of zeros may be.
constexpr double kZero = 1e-7;

struct Distance {
  double max_absolute = 0;
  double largest = 0;  // of the reference
  double dot = 0;
  double got_squares = 0;
  double reference_squares = 0;
  bool same_specials = true;  // NaN and infinities stand where they stand in the reference
};

bool same_special(double got, double reference) {
  return (std::isnan(got) && std::isnan(reference)) || got == reference;
}

Distance measure_distance(const Tensor& got, const Tensor& reference) {
  Distance distance;
  for (std::size_t i = 0; i < reference.element_count(); ++i) {
    const double a = element_as_double(got, i);
    const double b = element_as_double(reference, i);
    if (!std::isfinite(a) || !std::isfinite(b)) {
      distance.same_specials = distance.same_specials && same_special(a, b);
      continue;
    }
    distance.max_absolute = std::max(distance.max_absolute, std::abs(a - b));
    distance.largest = std::max(distance.largest, std::abs(b));
    distance.dot += a * b;
    distance.got_squares += a * a;
    distance.reference_squares += b * b;
  }
  return distance;
}

/// 1 for two vectors of zeros.
double cosine(const Distance& distance) {
  const double lengths = std::sqrt(distance.got_squares) * std::sqrt(distance.reference_squares);
  if (lengths > 0) return std::clamp(distance.dot / lengths, -1.0, 1.0);
  return distance.got_squares == distance.reference_squares ? 1 : 0;
}

/// Scores of at least two classes along axis 1, as classifiers and segmenters give them.
bool has_decisions(const Tensor& tensor) {
  return is_floating_point(tensor.dtype()) && tensor.shape().rank() >= 2 && tensor.shape()[1] >= 2 &&
         tensor.element_count() > 0;
}

/// The class with the largest score at `item` and `inner`; the first of equals.
std::size_t winning_class(const Tensor& tensor, std::size_t item, std::size_t inner, std::size_t inner_count) {
  const auto classes = static_cast<std::size_t>(tensor.shape()[1]);
  std::size_t best = 0;
  double best_score = element_as_double(tensor, item * classes * inner_count + inner);
  for (std::size_t c = 1; c < classes; ++c) {
    const double score = element_as_double(tensor, (item * classes + c) * inner_count + inner);
    if (score > best_score) {
      best = c;
      best_score = score;
    }
  }
  return best;
}

void add_decisions(Agreement& agreement, const Tensor& got, const Tensor& reference) {
  if (!has_decisions(reference)) return;
  const auto items = static_cast<std::size_t>(reference.shape()[0]);
  const std::size_t inner_count = reference.element_count() / items / static_cast<std::size_t>(reference.shape()[1]);
  for (std::size_t item = 0; item < items; ++item) {
    for (std::size_t inner = 0; inner < inner_count; ++inner) {
      ++agreement.decisions;
      if (winning_class(got, item, inner, inner_count) == winning_class(reference, item, inner, inner_count)) {
        ++agreement.same_decisions;
      }
    }
  }
}

void refuse(Agreement& agreement, std::string reason) {
  if (agreement.within) agreement.reason = std::move(reason);
  agreement.within = false;
}

}  // namespace

std::optional<double> Agreement::top1() const {
  if (decisions == 0) return std::nullopt;
  return static_cast<double>(same_decisions) / static_cast<double>(decisions);
}

void add_output(Agreement& agreement, const std::string& name, const Tensor& got, const Tensor& reference,
                double tolerance) {
  ++agreement.tensors;
  const bool strings = got.dtype() == DType::kString || reference.dtype() == DType::kString;
  if (got.shape() != reference.shape() || (strings && got.dtype() != reference.dtype())) {
    return refuse(agreement, fmt::format("output '{}' is {}, that of the reference {}", name, to_string(got),
                                         to_string(reference)));
  }
  if (strings) {
    if (!std::ranges::equal(got.strings(), reference.strings())) {
      refuse(agreement, fmt::format("texts of output '{}' differ", name));
    }
    return;
  }
  const Distance distance = measure_distance(got, reference);
  agreement.max_absolute = std::max(agreement.max_absolute, distance.max_absolute);
  agreement.max_relative = std::max(
      agreement.max_relative, distance.largest > 0 ? distance.max_absolute / distance.largest : distance.max_absolute);
  agreement.min_cosine = std::min(agreement.min_cosine, cosine(distance));
  add_decisions(agreement, got, reference);
  const double allowed = is_floating_point(reference.dtype()) ? std::max(kZero, tolerance * distance.largest) : 0;
  if (!distance.same_specials) {
    refuse(agreement,
           fmt::format("output '{}' has NaN or infinities where the reference has not, or lacks them", name));
  } else if (distance.max_absolute > allowed) {
    refuse(agreement,
           fmt::format("output '{}' differs by {:.3g}; {:.3g} is allowed ({:.3g} of its largest value {:.3g})", name,
                       distance.max_absolute, allowed, tolerance, distance.largest));
  }
}

}  // namespace tandem::bench
