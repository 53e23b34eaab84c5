// SPDX-License-Identifier: Apache-2.0
// ModuleLayer: one pickled torch.nn module on its way to nodes of the graph; the table of those that are known.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/graph_builder.h"
#include "convert/weights.h"
#include "formats/torch_module.h"

namespace tandem::convert {

/// The tensor that flows from layer to layer: its name in the graph and its dimensions, -1 where they are not fixed.
struct Flow {
  std::string value;
  std::vector<std::int64_t> dims;

  std::size_t rank() const { return dims.size(); }
};

/// One layer, with what it needs to be built. All references live as long as the build.
struct ModuleLayer {
  const TorchModule& module;
  const std::string& path;  // "features.0"; its weights are path + ".weight" ...
  GraphBuilder& graph;
  Weights& weights;

  /// Conv2d of torch.nn.modules.conv.Conv2d.
  std::string_view type() const;

  // Settings; `otherwise` when the module has none of that name, as those of older releases.
  // Errors: invalid_argument naming setting and layer.
  Result<std::int64_t> integer(std::string_view name, std::int64_t otherwise) const;
  Result<double> real(std::string_view name, double otherwise) const;
  Result<bool> boolean(std::string_view name, bool otherwise) const;
  /// One number for each of `count` axes; a single one stands for all.
  Result<std::vector<std::int64_t>> numbers(std::string_view name, std::size_t count, std::int64_t otherwise) const;

  /// The layer's tensor of that name, "weight", with the shape that it must have.
  /// Errors: invalid_argument when the checkpoint lacks it, or has another shape.
  Result<Tensor> tensor(std::string_view name, const Shape& shape) const;
  /// The same as a constant of the graph; returns its name there.
  Result<std::string> weight(std::string_view name, const Shape& shape) const;
  bool has(std::string_view name) const;

  /// A node; the name of its output.
  std::string add(std::string_view op_type, std::vector<std::string> inputs, Attributes attributes = {}) const {
    return graph.add(op_type, std::move(inputs), path, std::move(attributes));
  }
  std::string scalar(float value) const { return graph.scalar(path + ".constant", value); }

  /// "the layer 'features.0' (Conv2d) " and the rest of the sentence.
  tl::unexpected<Error> refuse(std::string_view what) const;
  /// Errors: invalid_argument when the input has another rank.
  Status expect_rank(const Flow& flow, std::size_t rank) const;
  /// Errors: invalid_argument when that dimension is fixed and has another size.
  Status expect_size(const Flow& flow, std::size_t axis, std::int64_t size) const;
};

/// Builds the nodes of one layer and moves the flow behind it.
using BuildLayer = Status (*)(const ModuleLayer& layer, Flow& flow);

struct KnownLayer {
  std::string_view type;
  BuildLayer build;
};

// One file a family.
std::span<const KnownLayer> convolution_layers();
std::span<const KnownLayer> pooling_layers();
std::span<const KnownLayer> activation_layers();
std::span<const KnownLayer> normalization_layers();
std::span<const KnownLayer> shaping_layers();

/// Null when the class is none of torch.nn's, or one that is not known.
const KnownLayer* find_layer(std::string_view class_name);

/// The size of a window's output along one axis; -1 stays -1. Errors: invalid_argument when nothing fits into it.
struct Window {
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t padding = 0;  // begin and end together
  std::int64_t dilation = 1;
  bool ceil = false;
};
Result<std::int64_t> window_size(const ModuleLayer& layer, std::int64_t size, const Window& window);

}  // namespace tandem::convert
