// SPDX-License-Identifier: Apache-2.0
// Feature: an image-like value of the graph whose size is known; Build: where layers are built.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "convert/graph_builder.h"
#include "convert/weights.h"

namespace tandem::convert {

/// float32 [batch, channels, height, width] with known sizes.
struct Feature {
  std::string value;
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;

  /// Another value of the same size.
  Feature with(std::string other) const { return {std::move(other), channels, height, width}; }
};

/// What layers have one of for each direction; a single number, as in PyTorch, is both.
struct HeightWidth {
  std::int64_t height = 0;
  std::int64_t width = 0;

  constexpr HeightWidth(std::int64_t both) : height(both), width(both) {}  // NOLINT(google-explicit-constructor)
  constexpr HeightWidth(std::int64_t h, std::int64_t w) : height(h), width(w) {}
  friend bool operator==(HeightWidth, HeightWidth) = default;

  /// As ONNX's attributes have it.
  std::vector<std::int64_t> dims() const { return {height, width}; }
  /// As ONNX's `pads` have it: the same at the end as at the beginning.
  std::vector<std::int64_t> pads() const { return {height, width, height, width}; }
};

/// Both live as long as the build.
struct Build {
  GraphBuilder& graph;
  Weights& weights;
};

}  // namespace tandem::convert
