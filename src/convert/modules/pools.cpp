// SPDX-License-Identifier: Apache-2.0
// torch.nn's pooling layers, and those that change the size of an image.
#include <fmt/format.h>

#include <array>
#include <numeric>

#include "convert/modules/layer.h"

namespace tandem::convert {
namespace {

struct Pool {
  std::vector<std::int64_t> kernel;
  std::vector<std::int64_t> stride;
  std::vector<std::int64_t> padding;
  std::vector<std::int64_t> dilation;
  bool ceil = false;
};

Result<Pool> read_pool(const ModuleLayer& layer, std::size_t axes) {
  Pool pool;
  pool.kernel = TRY(layer.numbers("kernel_size", axes, 0));
  pool.stride = pool.kernel;
  if (layer.module.setting<std::monostate>("stride") == nullptr) pool.stride = TRY(layer.numbers("stride", axes, 1));
  pool.padding = TRY(layer.numbers("padding", axes, 0));
  pool.dilation = TRY(layer.numbers("dilation", axes, 1));
  pool.ceil = TRY(layer.boolean("ceil_mode", false));
  return pool;
}

Attributes pool_attributes(const Pool& pool) {
  std::vector<std::int64_t> pads = pool.padding;
  pads.insert(pads.end(), pool.padding.begin(), pool.padding.end());
  return attributes("kernel_shape", pool.kernel, "strides", pool.stride, "pads", pads, "ceil_mode",
                    std::int64_t{pool.ceil});
}

Status shrink(const ModuleLayer& layer, const Pool& pool, Flow& flow) {
  for (std::size_t axis = 0; axis < pool.kernel.size(); ++axis) {
    std::int64_t& size = flow.dims[axis + 2];
    const std::int64_t padding = pool.padding[axis];
    const std::int64_t before = size;
    size = TRY(
        window_size(layer, size, {pool.kernel[axis], pool.stride[axis], 2 * padding, pool.dilation[axis], pool.ceil}));
    // torch drops a last window that would begin in the padding at the end.
    if (pool.ceil && size > 0 && (size - 1) * pool.stride[axis] >= before + padding) --size;
  }
  return {};
}

template <std::size_t kAxes>
Status max_pool(const ModuleLayer& layer, Flow& flow) {
  TRY(layer.expect_rank(flow, kAxes + 2));
  const Pool pool = TRY(read_pool(layer, kAxes));
  if (TRY(layer.boolean("return_indices", false))) return layer.refuse("returns indices, too");
  Attributes settings = pool_attributes(pool);
  settings.insert_or_assign("dilations", pool.dilation);
  TRY(shrink(layer, pool, flow));
  flow.value = layer.add("MaxPool", {flow.value}, std::move(settings));
  return {};
}

template <std::size_t kAxes>
Status average_pool(const ModuleLayer& layer, Flow& flow) {
  TRY(layer.expect_rank(flow, kAxes + 2));
  const Pool pool = TRY(read_pool(layer, kAxes));
  if (layer.module.setting<std::int64_t>("divisor_override") != nullptr) return layer.refuse("has a divisor_override");
  if (pool.ceil) return layer.refuse("averages with ceil_mode, which engines do in different ways");
  Attributes settings = pool_attributes(pool);
  settings.insert_or_assign("count_include_pad", std::int64_t{TRY(layer.boolean("count_include_pad", true))});
  TRY(shrink(layer, pool, flow));
  flow.value = layer.add("AveragePool", {flow.value}, std::move(settings));
  return {};
}

/// The wanted sizes; None keeps a size.
Result<std::vector<std::int64_t>> wanted_sizes(const ModuleLayer& layer, std::size_t axes) {
  auto sizes = layer.numbers("output_size", axes, 0);
  if (!sizes) return layer.refuse("has an output_size that is neither a number nor one for each axis");
  return sizes;
}

template <std::size_t kAxes>
Status adaptive_pool(const ModuleLayer& layer, Flow& flow) {
  TRY(layer.expect_rank(flow, kAxes + 2));
  const auto sizes = TRY(wanted_sizes(layer, kAxes));
  const bool average = layer.type().starts_with("AdaptiveAvg");
  const std::vector<std::int64_t> ones(kAxes, 1);
  if (sizes == ones) {
    flow.value = layer.add(average ? "GlobalAveragePool" : "GlobalMaxPool", {flow.value});
  } else {
    std::vector<std::int64_t> kernel;
    for (std::size_t axis = 0; axis < kAxes; ++axis) {
      const std::int64_t size = flow.dims[axis + 2];
      if (size < 1 || sizes[axis] < 1 || size % sizes[axis] != 0) {
        return layer.refuse(
            fmt::format("makes {} of a size of {}, which is no whole number of windows; say a fitting "
                        "shape with --input input=-1,...",
                        sizes[axis], size));
      }
      kernel.push_back(size / sizes[axis]);
    }
    flow.value = layer.add(average ? "AveragePool" : "MaxPool", {flow.value},
                           attributes("kernel_shape", kernel, "strides", kernel));
  }
  std::copy(sizes.begin(), sizes.end(), flow.dims.begin() + 2);
  return {};
}

/// Scales of height and width, or nothing to say which sizes.
Status upsample(const ModuleLayer& layer, Flow& flow) {
  TRY(layer.expect_rank(flow, 4));
  const auto* mode = layer.module.setting<std::string>("mode");
  const bool nearest = mode == nullptr || *mode == "nearest";
  if (!nearest && *mode != "bilinear") return layer.refuse(fmt::format("has the mode '{}'", *mode));
  if (!layer.module.settings.contains("scale_factor") ||
      layer.module.setting<std::monostate>("scale_factor") != nullptr) {
    return layer.refuse("has a size instead of a scale_factor");
  }
  const double scale = TRY(layer.real("scale_factor", 1));
  if (!(scale > 0 && scale < 1024)) return layer.refuse("has a scale_factor out of range");
  const bool corners =
      layer.module.setting<bool>("align_corners") != nullptr && *layer.module.setting<bool>("align_corners");
  const auto factor = static_cast<float>(scale);
  const std::array<float, 4> scales = {1, 1, factor, factor};
  const std::string name = layer.graph.weight(layer.path + ".scales", TRY(Tensor::from<float>({4}, scales)));
  const char* position = nearest ? "asymmetric" : corners ? "align_corners" : "pytorch_half_pixel";
  flow.value = layer.add("Resize", {flow.value, "", name},
                         attributes("mode", std::string(nearest ? "nearest" : "linear"), "nearest_mode",
                                    std::string("floor"), "coordinate_transformation_mode", std::string(position)));
  for (std::size_t axis = 2; axis < 4; ++axis) {
    if (flow.dims[axis] != -1)
      flow.dims[axis] = static_cast<std::int64_t>(static_cast<double>(flow.dims[axis]) * scale);
  }
  return {};
}

Status pixel_shuffle(const ModuleLayer& layer, Flow& flow) {
  TRY(layer.expect_rank(flow, 4));
  const std::int64_t factor = TRY(layer.integer("upscale_factor", 1));
  if (factor < 1 || factor > 64 || flow.dims[1] < 1 || flow.dims[1] % (factor * factor) != 0) {
    return layer.refuse("has an upscale_factor that does not divide the channels");
  }
  flow.value = layer.add("DepthToSpace", {flow.value}, attributes("blocksize", factor, "mode", std::string("CRD")));
  flow.dims[1] /= factor * factor;
  for (std::size_t axis = 2; axis < 4; ++axis) {
    if (flow.dims[axis] != -1) flow.dims[axis] *= factor;
  }
  return {};
}

constexpr std::array kPoolsLayers = {
    KnownLayer{"AdaptiveAvgPool1d", adaptive_pool<1>},
    KnownLayer{"AdaptiveAvgPool2d", adaptive_pool<2>},
    KnownLayer{"AdaptiveAvgPool3d", adaptive_pool<3>},
    KnownLayer{"AdaptiveMaxPool1d", adaptive_pool<1>},
    KnownLayer{"AdaptiveMaxPool2d", adaptive_pool<2>},
    KnownLayer{"AdaptiveMaxPool3d", adaptive_pool<3>},
    KnownLayer{"AvgPool1d", average_pool<1>},
    KnownLayer{"AvgPool2d", average_pool<2>},
    KnownLayer{"AvgPool3d", average_pool<3>},
    KnownLayer{"MaxPool1d", max_pool<1>},
    KnownLayer{"MaxPool2d", max_pool<2>},
    KnownLayer{"MaxPool3d", max_pool<3>},
    KnownLayer{"PixelShuffle", pixel_shuffle},
    KnownLayer{"Upsample", upsample},
    KnownLayer{"UpsamplingNearest2d", upsample},
};

}  // namespace

std::span<const KnownLayer> pooling_layers() { return kPoolsLayers; }

}  // namespace tandem::convert
