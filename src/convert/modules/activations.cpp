// SPDX-License-Identifier: Apache-2.0
// torch.nn's activations: most are one operator of ONNX.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "convert/modules/layer.h"

namespace tandem::convert {
namespace {

/// Those without settings.
struct Plain {
  std::string_view type;
  const char* op_type;
};
constexpr std::array kPlain = {Plain{"ReLU", "Relu"},         Plain{"Sigmoid", "Sigmoid"},     Plain{"Tanh", "Tanh"},
                               Plain{"Softsign", "Softsign"}, Plain{"Hardswish", "HardSwish"}, Plain{"SELU", "Selu"}};

Status plain(const ModuleLayer& layer, Flow& flow) {
  const auto row = std::ranges::find(kPlain, layer.type(), &Plain::type);
  flow.value = layer.add(row->op_type, {flow.value});
  return {};
}

/// What does nothing once a network is trained.
Status nothing(const ModuleLayer& /*layer*/, Flow& /*flow*/) { return {}; }

std::string clip(const ModuleLayer& layer, const std::string& value, float low, float high) {
  return layer.add("Clip", {value, layer.scalar(low), layer.scalar(high)});
}

Status hard_tanh(const ModuleLayer& layer, Flow& flow) {
  const bool six = layer.type() == "ReLU6";
  const double low = TRY(layer.real("min_val", six ? 0 : -1));
  const double high = TRY(layer.real("max_val", six ? 6 : 1));
  flow.value = clip(layer, flow.value, static_cast<float>(low), static_cast<float>(high));
  return {};
}

/// One operator with the setting `name` as its attribute alpha.
Result<Attributes> alpha_of(const ModuleLayer& layer, std::string_view name, double otherwise) {
  return attributes("alpha", static_cast<float>(TRY(layer.real(name, otherwise))));
}

Status leaky_relu(const ModuleLayer& layer, Flow& flow) {
  flow.value = layer.add("LeakyRelu", {flow.value}, TRY(alpha_of(layer, "negative_slope", 0.01)));
  return {};
}

Status elu(const ModuleLayer& layer, Flow& flow) {
  flow.value = layer.add("Elu", {flow.value}, TRY(alpha_of(layer, "alpha", 1)));
  return {};
}

Status celu(const ModuleLayer& layer, Flow& flow) {
  flow.value = layer.add("Celu", {flow.value}, TRY(alpha_of(layer, "alpha", 1)));
  return {};
}

Status hard_sigmoid(const ModuleLayer& layer, Flow& flow) {
  flow.value = layer.add("HardSigmoid", {flow.value}, attributes("alpha", 1.0F / 6, "beta", 0.5F));
  return {};
}

/// The slope stands for each channel, or once for all.
Status prelu(const ModuleLayer& layer, Flow& flow) {
  const std::int64_t count = TRY(layer.integer("num_parameters", 1));
  if (count != 1 && flow.rank() < 2) return layer.refuse("has a slope for each channel and gets no channels");
  if (count != 1) TRY(layer.expect_size(flow, 1, count));
  std::vector<std::int64_t> shape(count == 1 || flow.rank() < 2 ? 1 : flow.rank() - 1, 1);
  shape.front() = count;
  Tensor slope = TRY(layer.tensor("weight", {count}));
  slope = TRY(std::move(slope).reshaped(Shape(std::move(shape))));
  flow.value = layer.add("PRelu", {flow.value, layer.graph.weight(layer.path + ".weight", std::move(slope))});
  return {};
}

Status silu(const ModuleLayer& layer, Flow& flow) {
  flow.value = layer.add("Mul", {flow.value, layer.add("Sigmoid", {flow.value})});
  return {};
}

Status softplus(const ModuleLayer& layer, Flow& flow) {
  if (TRY(layer.real("beta", 1)) != 1) return layer.refuse("has a beta other than 1");
  flow.value = layer.add("Softplus", {flow.value});
  return {};
}

Status mish(const ModuleLayer& layer, Flow& flow) {
  const std::string gate = layer.add("Tanh", {layer.add("Softplus", {flow.value})});
  flow.value = layer.add("Mul", {flow.value, gate});
  return {};
}

/// x/2 (1 + erf(x / sqrt 2)), or with approximate="tanh" x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
Status gelu(const ModuleLayer& layer, Flow& flow) {
  const auto* word = layer.module.setting<std::string>("approximate");
  const std::string& x = flow.value;
  std::string inner;
  if (word == nullptr || *word == "none") {
    inner = layer.add("Erf", {layer.add("Mul", {x, layer.scalar(0.70710678118654752F)})});
  } else if (*word == "tanh") {
    const std::string cube = layer.add("Mul", {x, layer.add("Mul", {x, x})});
    const std::string sum = layer.add("Add", {x, layer.add("Mul", {cube, layer.scalar(0.044715F)})});
    inner = layer.add("Tanh", {layer.add("Mul", {sum, layer.scalar(0.79788456080286536F)})});
  } else {
    return layer.refuse(fmt::format("has the approximation '{}'", *word));
  }
  const std::string gate = layer.add("Add", {inner, layer.scalar(1)});
  flow.value = layer.add("Mul", {layer.add("Mul", {x, layer.scalar(0.5F)}), gate});
  return {};
}

Status softmax(const ModuleLayer& layer, Flow& flow) {
  // torch's choice where no dim was given: 0 for up to one, and three dimensions, else 1.
  std::int64_t axis = flow.rank() == 0 || flow.rank() == 1 || flow.rank() == 3 ? 0 : 1;
  if (layer.type() == "Softmax2d") {
    axis = -3;
  } else if (layer.module.setting<std::monostate>("dim") == nullptr) {
    axis = TRY(layer.integer("dim", axis));
  }
  const auto rank = static_cast<std::int64_t>(flow.rank());
  if (axis < -rank || axis >= rank) return layer.refuse(fmt::format("works along dimension {} of {}", axis, rank));
  flow.value =
      layer.add(layer.type() == "LogSoftmax" ? "LogSoftmax" : "Softmax", {flow.value}, attributes("axis", axis));
  return {};
}

constexpr std::array kActivationsLayers = {
    KnownLayer{"AlphaDropout", nothing},
    KnownLayer{"CELU", celu},
    KnownLayer{"Dropout", nothing},
    KnownLayer{"Dropout1d", nothing},
    KnownLayer{"Dropout2d", nothing},
    KnownLayer{"Dropout3d", nothing},
    KnownLayer{"ELU", elu},
    KnownLayer{"FeatureAlphaDropout", nothing},
    KnownLayer{"GELU", gelu},
    KnownLayer{"Hardsigmoid", hard_sigmoid},
    KnownLayer{"Hardswish", plain},
    KnownLayer{"Hardtanh", hard_tanh},
    KnownLayer{"Identity", nothing},
    KnownLayer{"LeakyReLU", leaky_relu},
    KnownLayer{"LogSoftmax", softmax},
    KnownLayer{"Mish", mish},
    KnownLayer{"PReLU", prelu},
    KnownLayer{"ReLU", plain},
    KnownLayer{"ReLU6", hard_tanh},
    KnownLayer{"SELU", plain},
    KnownLayer{"SiLU", silu},
    KnownLayer{"Sigmoid", plain},
    KnownLayer{"Softmax", softmax},
    KnownLayer{"Softmax2d", softmax},
    KnownLayer{"Softplus", softplus},
    KnownLayer{"Softsign", plain},
    KnownLayer{"Tanh", plain},
};

}  // namespace

std::span<const KnownLayer> activation_layers() { return kActivationsLayers; }

}  // namespace tandem::convert
