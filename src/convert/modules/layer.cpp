// SPDX-License-Identifier: Apache-2.0
// What all layers share: settings, weights, sizes, and the look-up in the families' tables.
#include "convert/modules/layer.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::convert {

std::string_view ModuleLayer::type() const {
  const std::string_view name = module.class_name;
  return name.substr(name.rfind('.') + 1);
}

tl::unexpected<Error> ModuleLayer::refuse(std::string_view what) const {
  return invalid_argument(fmt::format("the layer '{}' ({}) {}", path, type(), what));
}

Result<std::int64_t> ModuleLayer::integer(std::string_view name, std::int64_t otherwise) const {
  if (!module.settings.contains(name)) return otherwise;
  if (const auto* number = module.setting<std::int64_t>(name)) return *number;
  return refuse(fmt::format("has a setting '{}' that is no integer", name));
}

Result<double> ModuleLayer::real(std::string_view name, double otherwise) const {
  if (!module.settings.contains(name)) return otherwise;
  if (const auto* number = module.setting<double>(name)) return *number;
  if (const auto* number = module.setting<std::int64_t>(name)) return static_cast<double>(*number);
  return refuse(fmt::format("has a setting '{}' that is no number", name));
}

Result<bool> ModuleLayer::boolean(std::string_view name, bool otherwise) const {
  if (!module.settings.contains(name)) return otherwise;
  if (const auto* value = module.setting<bool>(name)) return *value;
  return refuse(fmt::format("has a setting '{}' that is neither true nor false", name));
}

Result<std::vector<std::int64_t>> ModuleLayer::numbers(std::string_view name, std::size_t count,
                                                       std::int64_t otherwise) const {
  if (!module.settings.contains(name)) return std::vector<std::int64_t>(count, otherwise);
  if (const auto* number = module.setting<std::int64_t>(name)) return std::vector<std::int64_t>(count, *number);
  const auto* list = module.setting<std::vector<std::int64_t>>(name);
  if (list == nullptr || list->size() != count) {
    return refuse(fmt::format("has a setting '{}' that is no list of {} integers", name, count));
  }
  return *list;
}

bool ModuleLayer::has(std::string_view name) const { return weights.has(fmt::format("{}.{}", path, name)); }

Result<Tensor> ModuleLayer::tensor(std::string_view name, const Shape& shape) const {
  if (!has(name)) return refuse(fmt::format("lacks its tensor '{}'", name));
  return weights.take(fmt::format("{}.{}", path, name), shape);
}

Result<std::string> ModuleLayer::weight(std::string_view name, const Shape& shape) const {
  Tensor value = TRY(tensor(name, shape));
  return graph.weight(fmt::format("{}.{}", path, name), std::move(value));
}

Status ModuleLayer::expect_rank(const Flow& flow, std::size_t rank) const {
  if (flow.rank() == rank) return {};
  return refuse(fmt::format("gets a tensor of {} dimensions where it needs {}", flow.rank(), rank));
}

Status ModuleLayer::expect_size(const Flow& flow, std::size_t axis, std::int64_t size) const {
  if (flow.dims[axis] == size) return {};
  if (flow.dims[axis] == -1) {
    return refuse(
        fmt::format("needs a size of {} that depends on the model's input; say its shape with --input "
                    "input=-1,...",
                    size));
  }
  return refuse(fmt::format("gets a tensor with {} along dimension {} where it needs {}", flow.dims[axis], axis, size));
}

Result<std::int64_t> window_size(const ModuleLayer& layer, std::int64_t size, const Window& window) {
  constexpr std::int64_t kLargest = 1 << 20;
  for (const std::int64_t number : {window.kernel, window.stride, window.dilation}) {
    if (number < 1 || number > kLargest) return layer.refuse("has a kernel, stride or dilation out of range");
  }
  if (window.padding < 0 || window.padding > kLargest) return layer.refuse("has a padding out of range");
  if (size == -1) return size;
  const std::int64_t room = size + window.padding - window.dilation * (window.kernel - 1) - 1;
  if (room < 0) return layer.refuse(fmt::format("has a window larger than the {} that it gets", size));
  return (room + (window.ceil ? window.stride - 1 : 0)) / window.stride + 1;
}

const KnownLayer* find_layer(std::string_view class_name) {
  if (!class_name.starts_with("torch.nn.modules.")) return nullptr;
  const std::string_view type = class_name.substr(class_name.rfind('.') + 1);
  for (const auto family :
       {convolution_layers(), pooling_layers(), activation_layers(), normalization_layers(), shaping_layers()}) {
    const auto found = std::ranges::find(family, type, &KnownLayer::type);
    if (found != family.end()) return &*found;
  }
  return nullptr;
}

}  // namespace tandem::convert
