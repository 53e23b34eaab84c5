// SPDX-License-Identifier: Apache-2.0
// torch.nn's normalizations, with the statistics of training.
#include <fmt/format.h>

#include <array>

#include "convert/modules/layer.h"

namespace tandem::convert {
namespace {

/// The layer's tensor, or ones or zeros where it was made without.
Result<std::string> weight_or(const ModuleLayer& layer, std::string_view name, std::int64_t count, float otherwise) {
  if (layer.has(name)) return layer.weight(name, {count});
  const std::vector<float> values(static_cast<std::size_t>(count), otherwise);
  return layer.graph.weight(fmt::format("{}.{}", layer.path, name), TRY(Tensor::from<float>({count}, values)));
}

Status check_count(const ModuleLayer& layer, std::int64_t count) {
  if (count > 0 && count <= 1 << 20) return {};
  return layer.refuse("has a number of features out of range");
}

Result<Attributes> epsilon_of(const ModuleLayer& layer, std::string key) {
  return attributes(std::move(key), static_cast<float>(TRY(layer.real("eps", 1e-5))));
}

Status batch_norm(const ModuleLayer& layer, Flow& flow) {
  const std::int64_t count = TRY(layer.integer("num_features", 0));
  TRY(check_count(layer, count));
  if (flow.rank() < 2) return layer.refuse("gets no channels");
  TRY(layer.expect_size(flow, 1, count));
  if (!layer.has("running_mean")) return layer.refuse("has no running statistics; it would normalize by the batch");
  std::vector<std::string> inputs = {flow.value};
  inputs.push_back(TRY(weight_or(layer, "weight", count, 1)));
  inputs.push_back(TRY(weight_or(layer, "bias", count, 0)));
  inputs.push_back(TRY(layer.weight("running_mean", {count})));
  inputs.push_back(TRY(layer.weight("running_var", {count})));
  flow.value = layer.add("BatchNormalization", std::move(inputs), TRY(epsilon_of(layer, "epsilon")));
  return {};
}

Status instance_norm(const ModuleLayer& layer, Flow& flow) {
  const std::int64_t count = TRY(layer.integer("num_features", 0));
  TRY(check_count(layer, count));
  if (flow.rank() < 3) return layer.refuse("gets no image");
  TRY(layer.expect_size(flow, 1, count));
  if (layer.has("running_mean")) return layer.refuse("keeps running statistics");
  std::vector<std::string> inputs = {flow.value};
  inputs.push_back(TRY(weight_or(layer, "weight", count, 1)));
  inputs.push_back(TRY(weight_or(layer, "bias", count, 0)));
  flow.value = layer.add("InstanceNormalization", std::move(inputs), TRY(epsilon_of(layer, "epsilon")));
  return {};
}

Status layer_norm(const ModuleLayer& layer, Flow& flow) {
  const auto* shape = layer.module.setting<std::vector<std::int64_t>>("normalized_shape");
  if (shape == nullptr || shape->empty() || shape->size() > flow.rank()) {
    return layer.refuse("normalizes more dimensions than it gets");
  }
  const std::size_t first = flow.rank() - shape->size();
  for (std::size_t i = 0; i < shape->size(); ++i) TRY(layer.expect_size(flow, first + i, (*shape)[i]));
  if (!layer.has("weight")) return layer.refuse("has no weights of its own");
  std::vector<std::string> inputs = {flow.value};
  inputs.push_back(TRY(layer.weight("weight", Shape(*shape))));
  if (layer.has("bias")) inputs.push_back(TRY(layer.weight("bias", Shape(*shape))));
  Attributes settings = TRY(epsilon_of(layer, "epsilon"));
  settings.insert_or_assign("axis", static_cast<std::int64_t>(first));
  flow.value = layer.add("LayerNormalization", std::move(inputs), std::move(settings));
  return {};
}

/// Each group as one channel of an instance normalization, then scale and bias of each channel.
Status group_norm(const ModuleLayer& layer, Flow& flow) {
  const std::int64_t groups = TRY(layer.integer("num_groups", 0));
  const std::int64_t count = TRY(layer.integer("num_channels", 0));
  TRY(check_count(layer, count));
  if (groups < 1 || count % groups != 0) return layer.refuse("has groups that do not divide its channels");
  if (flow.rank() < 3) return layer.refuse("gets no image");
  TRY(layer.expect_size(flow, 1, count));
  const std::vector<float> ones(static_cast<std::size_t>(groups), 1);
  const std::vector<float> zeros(static_cast<std::size_t>(groups), 0);
  const std::string shape = layer.add("Shape", {flow.value});
  const std::string grouped =
      layer.add("Reshape", {flow.value, layer.graph.integers(layer.path + ".groups", {0, groups, -1})});
  const std::string scale = layer.graph.weight(layer.path + ".ones", TRY(Tensor::from<float>({groups}, ones)));
  const std::string bias = layer.graph.weight(layer.path + ".zeros", TRY(Tensor::from<float>({groups}, zeros)));
  const std::string normal =
      layer.add("InstanceNormalization", {grouped, scale, bias}, TRY(epsilon_of(layer, "epsilon")));
  flow.value = layer.add("Reshape", {normal, shape});
  if (!layer.has("weight")) return {};
  std::vector<std::int64_t> channels(flow.rank() - 1, 1);
  channels.front() = count;
  const auto along_channels = [&](const std::string& name) -> Result<std::string> {
    Tensor tensor = TRY(layer.tensor(name, {count}));
    return layer.graph.weight(layer.path + "." + name, TRY(std::move(tensor).reshaped(Shape(channels))));
  };
  const std::string weight = TRY(along_channels("weight"));
  flow.value = layer.add("Mul", {flow.value, weight});
  const std::string shift = TRY(along_channels("bias"));
  flow.value = layer.add("Add", {flow.value, shift});
  return {};
}

constexpr std::array kNormsLayers = {
    KnownLayer{"BatchNorm1d", batch_norm},       KnownLayer{"BatchNorm2d", batch_norm},
    KnownLayer{"BatchNorm3d", batch_norm},       KnownLayer{"GroupNorm", group_norm},
    KnownLayer{"InstanceNorm1d", instance_norm}, KnownLayer{"InstanceNorm2d", instance_norm},
    KnownLayer{"InstanceNorm3d", instance_norm}, KnownLayer{"LayerNorm", layer_norm},
    KnownLayer{"SyncBatchNorm", batch_norm},
};

}  // namespace

std::span<const KnownLayer> normalization_layers() { return kNormsLayers; }

}  // namespace tandem::convert
