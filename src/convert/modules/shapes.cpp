// SPDX-License-Identifier: Apache-2.0
// torch.nn's layers that move elements: Flatten, Unflatten, padding.
#include <fmt/format.h>

#include <array>

#include "convert/modules/layer.h"

namespace tandem::convert {
namespace {

/// A dimension counted from the front. Errors: invalid_argument.
Result<std::size_t> axis_of(const ModuleLayer& layer, std::string_view name, std::int64_t otherwise, const Flow& flow) {
  const std::int64_t axis = TRY(layer.integer(name, otherwise));
  const auto rank = static_cast<std::int64_t>(flow.rank());
  if (axis < -rank || axis >= rank) return layer.refuse(fmt::format("works along dimension {} of {}", axis, rank));
  return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

/// Reshape to `dims`, in which at most one size is not fixed besides the batch.
/// keeps_batch  dims[0] is that of the input
Status reshape(const ModuleLayer& layer, Flow& flow, const std::vector<std::int64_t>& dims, bool keeps_batch) {
  std::vector<std::int64_t> target = dims;
  std::size_t open = 0;
  for (std::size_t axis = 0; axis < target.size(); ++axis) {
    if (target[axis] != -1) continue;
    if (axis == 0 && keeps_batch) {
      target[axis] = 0;  // as it is in the input
    } else {
      ++open;
    }
  }
  if (open > 1) return layer.refuse("has several sizes that depend on the model's input; say its shape with --input");
  flow.value = layer.add("Reshape", {flow.value, layer.graph.integers(layer.path + ".shape", target)});
  flow.dims = dims;
  return {};
}

Status flatten(const ModuleLayer& layer, Flow& flow) {
  const std::size_t first = TRY(axis_of(layer, "start_dim", 1, flow));
  const std::size_t last = TRY(axis_of(layer, "end_dim", -1, flow));
  if (first > last) return layer.refuse("ends before it begins");
  std::vector<std::int64_t> dims(flow.dims.begin(), flow.dims.begin() + static_cast<std::ptrdiff_t>(first));
  std::int64_t size = 1;
  for (std::size_t axis = first; axis <= last; ++axis) {
    if (flow.dims[axis] == -1 || size == -1) {
      size = -1;
    } else if (__builtin_mul_overflow(size, flow.dims[axis], &size)) {
      return layer.refuse("makes too many elements");
    }
  }
  dims.push_back(size);
  dims.insert(dims.end(), flow.dims.begin() + static_cast<std::ptrdiff_t>(last) + 1, flow.dims.end());
  return reshape(layer, flow, dims, first > 0);
}

Status unflatten(const ModuleLayer& layer, Flow& flow) {
  const std::size_t axis = TRY(axis_of(layer, "dim", 1, flow));
  const auto* sizes = layer.module.setting<std::vector<std::int64_t>>("unflattened_size");
  if (sizes == nullptr || sizes->empty()) return layer.refuse("has an unflattened_size that is no tuple");
  std::int64_t product = 1;
  for (const std::int64_t size : *sizes) {
    if (size < 1 || __builtin_mul_overflow(product, size, &product)) {
      return layer.refuse("has an unflattened_size that leaves a size open");
    }
  }
  TRY(layer.expect_size(flow, axis, product));
  std::vector<std::int64_t> dims(flow.dims.begin(), flow.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  dims.insert(dims.end(), sizes->begin(), sizes->end());
  dims.insert(dims.end(), flow.dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1, flow.dims.end());
  return reshape(layer, flow, dims, axis > 0);
}

/// torch gives the last axis first, begin and end of each.
template <std::size_t kAxes>
Status pad(const ModuleLayer& layer, Flow& flow) {
  constexpr std::int64_t kLargest = 1 << 20;
  TRY(layer.expect_rank(flow, kAxes + 2));
  const auto sizes = TRY(layer.numbers("padding", 2 * kAxes, 0));
  std::vector<std::int64_t> pads(2 * flow.rank(), 0);
  for (std::size_t i = 0; i < kAxes; ++i) {
    const std::size_t axis = flow.rank() - 1 - i;
    const std::int64_t begin = sizes[2 * i];
    const std::int64_t end = sizes[2 * i + 1];
    if (begin < 0 || end < 0 || begin > kLargest || end > kLargest) return layer.refuse("has a padding out of range");
    pads[axis] = begin;
    pads[axis + flow.rank()] = end;
    if (flow.dims[axis] != -1) flow.dims[axis] += begin + end;
  }
  const std::string_view type = layer.type();
  const char* mode = type.starts_with("Reflection") ? "reflect" : type.starts_with("Replication") ? "edge" : "constant";
  std::vector<std::string> inputs = {flow.value, layer.graph.integers(layer.path + ".pads", pads)};
  if (type.starts_with("Constant")) inputs.push_back(layer.scalar(static_cast<float>(TRY(layer.real("value", 0)))));
  flow.value = layer.add("Pad", std::move(inputs), attributes("mode", std::string(mode)));
  return {};
}

constexpr std::array kShapesLayers = {
    KnownLayer{"ConstantPad1d", pad<1>},    KnownLayer{"ConstantPad2d", pad<2>},
    KnownLayer{"ConstantPad3d", pad<3>},    KnownLayer{"Flatten", flatten},
    KnownLayer{"ReflectionPad1d", pad<1>},  KnownLayer{"ReflectionPad2d", pad<2>},
    KnownLayer{"ReplicationPad1d", pad<1>}, KnownLayer{"ReplicationPad2d", pad<2>},
    KnownLayer{"ReplicationPad3d", pad<3>}, KnownLayer{"Unflatten", unflatten},
    KnownLayer{"ZeroPad1d", pad<1>},        KnownLayer{"ZeroPad2d", pad<2>},
    KnownLayer{"ZeroPad3d", pad<3>},
};

}  // namespace

std::span<const KnownLayer> shaping_layers() { return kShapesLayers; }

}  // namespace tandem::convert
