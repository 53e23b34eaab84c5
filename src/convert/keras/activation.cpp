// SPDX-License-Identifier: Apache-2.0
// Activations, by name and as layers. Source of the formulas: keras/src/activations/activations.py of Keras 3.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

#include "convert/keras/layer.h"

namespace tandem::convert::keras {
namespace {

using Function = Value (*)(LayoutGraph&, const Value&, const std::string&);

Value binary(LayoutGraph& graph, std::string_view op, const Value& a, const Value& b, const std::string& path) {
  Value result = a;
  result.name = graph.builder().add(op, {a.name, b.name}, path);
  return result;
}

template <char const* kOp>
Value plain(LayoutGraph& graph, const Value& value, const std::string& path) {
  return graph.same_shape(kOp, value, path);
}

Value clip(LayoutGraph& graph, const Value& value, const std::string& path, float low, float high) {
  Value result = value;
  const auto bound = [&](float limit, const char* what) {
    return std::isinf(limit) ? std::string() : graph.builder().scalar(path + what, limit);
  };
  std::vector<std::string> inputs = {value.name, bound(low, ".low"), bound(high, ".high")};
  if (inputs.back().empty()) inputs.pop_back();
  result.name = graph.builder().add("Clip", std::move(inputs), path);
  return result;
}

Value relu6(LayoutGraph& graph, const Value& value, const std::string& path) { return clip(graph, value, path, 0, 6); }
Value hard_tanh(LayoutGraph& graph, const Value& value, const std::string& path) {
  return clip(graph, value, path, -1, 1);
}

Value leaky_relu(LayoutGraph& graph, const Value& value, const std::string& path) {
  return graph.same_shape("LeakyRelu", value, path, attributes("alpha", 0.2F));
}

/// Keras 2: 0.2 x + 0.5; Keras 3: x / 6 + 0.5; both cut off at 0 and 1.
Value hard_sigmoid(LayoutGraph& graph, const Value& value, const std::string& path) {
  const float alpha = graph.keras_major() == 2 ? 0.2F : 1.0F / 6;
  return graph.same_shape("HardSigmoid", value, path, attributes("alpha", alpha, "beta", 0.5F));
}

Value sparse_sigmoid(LayoutGraph& graph, const Value& value, const std::string& path) {
  return graph.same_shape("HardSigmoid", value, path, attributes("alpha", 0.5F, "beta", 0.5F));
}

Value hard_silu(LayoutGraph& graph, const Value& value, const std::string& path) {
  return binary(graph, "Mul", value, hard_sigmoid(graph, value, path + ".gate"), path);
}

Value silu(LayoutGraph& graph, const Value& value, const std::string& path) {
  return binary(graph, "Mul", value, graph.same_shape("Sigmoid", value, path + ".gate"), path);
}

/// x (1 + erf(x / sqrt 2)) / 2
Value gelu(LayoutGraph& graph, const Value& value, const std::string& path) {
  const Value scaled = graph.with_scalar("Div", value, std::sqrt(2.0F), path + ".scaled");
  const Value error = graph.same_shape("Erf", scaled, path + ".erf");
  const Value gate = graph.with_scalar("Add", error, 1, path + ".gate");
  return graph.with_scalar("Mul", binary(graph, "Mul", value, gate, path + ".gated"), 0.5F, path);
}

Value mish(LayoutGraph& graph, const Value& value, const std::string& path) {
  const Value soft = graph.same_shape("Softplus", value, path + ".softplus");
  return binary(graph, "Mul", value, graph.same_shape("Tanh", soft, path + ".tanh"), path);
}

Value log_sigmoid(LayoutGraph& graph, const Value& value, const std::string& path) {
  const Value negative = graph.same_shape("Neg", value, path + ".negative");
  return graph.same_shape("Neg", graph.same_shape("Softplus", negative, path + ".softplus"), path);
}

Value tanh_shrink(LayoutGraph& graph, const Value& value, const std::string& path) {
  return binary(graph, "Sub", value, graph.same_shape("Tanh", value, path + ".tanh"), path);
}

Value soft_shrink(LayoutGraph& graph, const Value& value, const std::string& path) {
  return graph.same_shape("Shrink", value, path, attributes("lambd", 0.5F, "bias", 0.5F));
}

Value hard_shrink(LayoutGraph& graph, const Value& value, const std::string& path) {
  return graph.same_shape("Shrink", value, path, attributes("lambd", 0.5F, "bias", 0.0F));
}

/// (x + sqrt(x^2 + 4)) / 2
Value squareplus(LayoutGraph& graph, const Value& value, const std::string& path) {
  const Value square = binary(graph, "Mul", value, value, path + ".square");
  const Value root = graph.same_shape("Sqrt", graph.with_scalar("Add", square, 4, path + ".plus"), path + ".root");
  return graph.with_scalar("Mul", binary(graph, "Add", value, root, path + ".sum"), 0.5F, path);
}

/// (c + 1)^2 / 4 + max(x - 1, 0), where c is x cut off at -1 and 1
Value sparse_plus(LayoutGraph& graph, const Value& value, const std::string& path) {
  const Value inner = graph.with_scalar("Add", clip(graph, value, path + ".clip", -1, 1), 1, path + ".inner");
  const Value square = binary(graph, "Mul", inner, inner, path + ".square");
  const Value quarter = graph.with_scalar("Mul", square, 0.25F, path + ".quarter");
  const Value above = graph.same_shape("Relu", graph.with_scalar("Sub", value, 1, path + ".above"), path + ".relu");
  return binary(graph, "Add", quarter, above, path);
}

Value over_channels(LayoutGraph& graph, std::string_view op, const Value& value, const std::string& path) {
  const auto axis = static_cast<std::int64_t>(stored_axis(value, value.rank() - 1));
  return graph.same_shape(op, value, path, attributes("axis", axis));
}
Value softmax(LayoutGraph& graph, const Value& value, const std::string& path) {
  return over_channels(graph, "Softmax", value, path);
}
Value log_softmax(LayoutGraph& graph, const Value& value, const std::string& path) {
  return over_channels(graph, "LogSoftmax", value, path);
}

Value linear(LayoutGraph&, const Value& value, const std::string&) { return value; }

constexpr char kRelu[] = "Relu", kSigmoid[] = "Sigmoid", kTanh[] = "Tanh", kSoftplus[] = "Softplus",
               kSoftsign[] = "Softsign", kElu[] = "Elu", kSelu[] = "Selu", kCelu[] = "Celu", kExp[] = "Exp";

struct Named {
  std::string_view name;
  Function function;
};
constexpr std::array<Named, 29> kFunctions = {{{"linear", linear},
                                               {"relu", plain<kRelu>},
                                               {"relu6", relu6},
                                               {"leaky_relu", leaky_relu},
                                               {"sigmoid", plain<kSigmoid>},
                                               {"hard_sigmoid", hard_sigmoid},
                                               {"sparse_sigmoid", sparse_sigmoid},
                                               {"log_sigmoid", log_sigmoid},
                                               {"tanh", plain<kTanh>},
                                               {"hard_tanh", hard_tanh},
                                               {"tanh_shrink", tanh_shrink},
                                               {"soft_shrink", soft_shrink},
                                               {"hard_shrink", hard_shrink},
                                               {"softmax", softmax},
                                               {"log_softmax", log_softmax},
                                               {"softplus", plain<kSoftplus>},
                                               {"softsign", plain<kSoftsign>},
                                               {"squareplus", squareplus},
                                               {"sparse_plus", sparse_plus},
                                               {"elu", plain<kElu>},
                                               {"selu", plain<kSelu>},
                                               {"celu", plain<kCelu>},
                                               {"exponential", plain<kExp>},
                                               {"gelu", gelu},
                                               {"mish", mish},
                                               {"silu", silu},
                                               {"swish", silu},
                                               {"hard_silu", hard_silu},
                                               {"hard_swish", hard_silu}}};

/// The name of a function: "relu", {class_name: "function", config: "relu"}, {class_name: "relu", config: {}}.
std::string function_name(const ConfigValue& setting) {
  if (const std::string* name = setting.string()) return *name;
  if (const std::string* name = setting.at("config").string()) return *name;
  const std::string* name = setting.at("class_name").string();
  return name == nullptr ? "" : *name;
}

// --- the layers without weights: of a value and their settings, so that they can be activations, too ---

using SettingFunction = Result<Value> (*)(LayoutGraph&, const Value&, const ConfigValue&, const std::string&);
constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct ReluSettings {
  float max_value = kInfinity;
  float slope = 0;
  float threshold = 0;
};

/// x itself from the threshold on, below it the slope; which is chosen by comparison.
Value relu_above_threshold(LayoutGraph& graph, const Value& value, const ReluSettings& relu, const std::string& path) {
  const Value under = graph.with_scalar("Sub", value, relu.threshold, path + ".under");
  const Value below = graph.with_scalar("Mul", under, relu.slope, path + ".below");
  const bool bounded = !std::isinf(relu.max_value);
  const Value above = bounded ? clip(graph, value, path + ".above", -kInfinity, relu.max_value) : value;
  const Value is_above = graph.with_scalar("GreaterOrEqual", value, relu.threshold, path + ".is_above");
  Value result = value;
  result.name = graph.builder().add("Where", {is_above.name, above.name, below.name}, path);
  return result;
}

/// max_value for x >= max_value, x for threshold <= x < max_value, negative_slope (x - threshold) otherwise.
Result<Value> relu_layer(LayoutGraph& graph, const Value& value, const ConfigValue& settings, const std::string& path) {
  ReluSettings relu;
  relu.max_value = static_cast<float>(TRY(settings.number("max_value", kInfinity)));
  relu.slope = static_cast<float>(TRY(settings.number("negative_slope", 0)));
  relu.threshold = static_cast<float>(TRY(settings.number("threshold", 0)));
  if (relu.threshold != 0) return relu_above_threshold(graph, value, relu, path);
  const bool bounded = !std::isinf(relu.max_value);
  if (relu.slope == 0)
    return bounded ? clip(graph, value, path, 0, relu.max_value) : graph.same_shape("Relu", value, path);
  const Value leaky = graph.same_shape("LeakyRelu", value, path + ".leaky", attributes("alpha", relu.slope));
  return bounded ? clip(graph, leaky, path, -kInfinity, relu.max_value) : leaky;
}

Result<Value> leaky_relu_layer(LayoutGraph& graph, const Value& value, const ConfigValue& settings,
                               const std::string& path) {
  const double alpha = TRY(settings.number("negative_slope", TRY(settings.number("alpha", 0.3))));
  return graph.same_shape("LeakyRelu", value, path, attributes("alpha", static_cast<float>(alpha)));
}

Result<Value> elu_layer(LayoutGraph& graph, const Value& value, const ConfigValue& settings, const std::string& path) {
  const double alpha = TRY(settings.number("alpha", 1.0));
  return graph.same_shape("Elu", value, path, attributes("alpha", static_cast<float>(alpha)));
}

Result<Value> thresholded_relu_layer(LayoutGraph& graph, const Value& value, const ConfigValue& settings,
                                     const std::string& path) {
  const double theta = TRY(settings.number("theta", 1.0));
  return graph.same_shape("ThresholdedRelu", value, path, attributes("alpha", static_cast<float>(theta)));
}

Result<Value> softmax_layer(LayoutGraph& graph, const Value& value, const ConfigValue& settings,
                            const std::string& path) {
  if (value.masked) return fail(Code::kUnimplemented, "a Softmax of a masked value");
  const std::vector<std::int64_t> axes =
      settings.has("axis") ? TRY(settings.integers("axis")) : std::vector<std::int64_t>{-1};
  if (axes.size() != 1) return fail(Code::kUnimplemented, "a Softmax over several axes");
  const std::size_t axis = TRY(keras_axis(value, axes.front()));
  const auto stored = static_cast<std::int64_t>(stored_axis(value, axis));
  return graph.same_shape("Softmax", value, path, attributes("axis", stored));
}

struct NamedSetting {
  std::string_view name;
  SettingFunction function;
};
constexpr std::array<NamedSetting, 5> kSettingFunctions = {{{"ReLU", relu_layer},
                                                            {"LeakyReLU", leaky_relu_layer},
                                                            {"ELU", elu_layer},
                                                            {"ThresholdedReLU", thresholded_relu_layer},
                                                            {"Softmax", softmax_layer}}};

template <SettingFunction kFunction>
Result<std::vector<Value>> as_layer(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  return only(TRY(kFunction(call.graph, call.input(), call.settings(), call.path)));
}

Result<std::vector<Value>> build_activation(LayerCall& call) {
  return only(TRY(activation(call.graph, call.input(), call.settings().at("activation"), call.path)));
}

/// The slopes have one size an axis but the batch; 1 where they are shared.
Result<std::vector<Value>> build_prelu(LayerCall& call) {
  const Value value = call.input().flattened.empty() ? call.input() : call.graph.in_keras_order(call.input());
  std::vector<std::int64_t> dims(value.dims.begin() + 1, value.dims.end());
  if (call.settings().has("shared_axes")) {
    for (const std::int64_t axis : TRY(call.settings().integers("shared_axes"))) {
      if (axis < 1 || axis > static_cast<std::int64_t>(dims.size()))
        return invalid_argument("'shared_axes' do not fit");
      dims[static_cast<std::size_t>(axis) - 1] = 1;
    }
  }
  const Tensor alpha = TRY(call.weights.take(Shape(dims)));
  Value result = value;
  const std::string slopes = call.graph.weight(call.path + ".alpha", TRY(stored_like(value, alpha)));
  result.name = call.builder().add("PRelu", {value.name, slopes}, call.path);
  return only(std::move(result));
}

constexpr std::array<LayerClass, 7> kActivationLayers = {{{"Activation", build_activation},
                                                          {"ReLU", as_layer<relu_layer>},
                                                          {"LeakyReLU", as_layer<leaky_relu_layer>},
                                                          {"ELU", as_layer<elu_layer>},
                                                          {"ThresholdedReLU", as_layer<thresholded_relu_layer>},
                                                          {"Softmax", as_layer<softmax_layer>},
                                                          {"PReLU", build_prelu}}};

}  // namespace

Result<Value> activation(LayoutGraph& graph, const Value& value, const ConfigValue& setting, const std::string& path) {
  if (setting.is_null()) return value;
  const std::string name = function_name(setting);
  for (const Named& known : kFunctions) {
    if (known.name == name) return known.function(graph, value, path);
  }
  for (const NamedSetting& known : kSettingFunctions) {  // a layer given as an activation
    if (known.name == name) return known.function(graph, value, setting.at("config"), path);
  }
  return fail(Code::kUnimplemented, fmt::format("the activation '{}' is not known", name));
}

std::span<const LayerClass> activation_layers() { return kActivationLayers; }

}  // namespace tandem::convert::keras
