// SPDX-License-Identifier: Apache-2.0
// Layers that scale and shift by what was learned or by what they see.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "convert/keras/layer.h"

namespace tandem::convert::keras {
namespace {

constexpr std::int64_t kMaxChannels = std::int64_t{1} << 24;

Result<std::size_t> single_axis(const LayerCall& call, std::int64_t otherwise) {
  const std::vector<std::int64_t> axes =
      call.settings().has("axis") ? TRY(call.settings().integers("axis")) : std::vector<std::int64_t>{otherwise};
  if (axes.size() != 1) return fail(Code::kUnimplemented, "a normalization over several axes");
  return keras_axis(call.input(), axes.front());
}

/// The tensor, or `otherwise` everywhere when the setting says that there is none.
Result<Tensor> take_unless(LayerCall& call, std::string_view setting, std::int64_t size, float otherwise) {
  if (TRY(call.settings().flag(setting, true))) return call.weights.take({size});
  const std::vector<float> values(static_cast<std::size_t>(size), otherwise);
  return Tensor::from<float>({size}, values);
}

Result<std::int64_t> known_size(const Value& value, std::size_t axis) {
  const std::int64_t size = value.dims[axis];
  if (size >= 1 && size <= kMaxChannels) return size;
  return invalid_argument(fmt::format("the size of axis {} must be known and at most 2^24: it is {}", axis, size));
}

/// One number a place along an axis, shaped so that it is spread over the others of the value as it is stored.
std::string spread(LayerCall& call, const Value& value, std::size_t axis, std::string_view name,
                   const std::vector<float>& values) {
  std::vector<std::int64_t> dims(value.rank() - stored_axis(value, axis), 1);
  dims.front() = static_cast<std::int64_t>(values.size());
  return call.graph.weight(fmt::format("{}.{}", call.path, name), Shape(dims), values);
}

struct BatchNorm {
  Tensor gamma, beta, mean, variance;
  float epsilon = 0;
};

/// x * scale + shift, worked out in double precision.
Value scale_and_shift(LayerCall& call, const Value& value, std::size_t axis, const BatchNorm& norm) {
  std::vector<float> scales;
  std::vector<float> shifts;
  for (std::size_t i = 0; i < norm.mean.element_count(); ++i) {
    const double scale =
        norm.gamma.values<float>()[i] / std::sqrt(static_cast<double>(norm.variance.values<float>()[i]) + norm.epsilon);
    scales.push_back(static_cast<float>(scale));
    shifts.push_back(static_cast<float>(norm.beta.values<float>()[i] - norm.mean.values<float>()[i] * scale));
  }
  Value result = value;
  result.name =
      call.builder().add("Mul", {value.name, spread(call, value, axis, "scale", scales)}, call.path + ".scaled");
  result.name = call.builder().add("Add", {result.name, spread(call, value, axis, "shift", shifts)}, call.path);
  return result;
}

/// ONNX normalizes the second axis. Images get there by their layout; of other values the axis may be any.
Result<std::vector<Value>> build_batch_norm(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  Value value = call.input().flattened.empty() ? call.input() : call.graph.in_keras_order(call.input());
  const std::size_t axis = TRY(single_axis(call, -1));
  const std::int64_t size = TRY(known_size(value, axis));
  BatchNorm norm;
  norm.gamma = TRY(take_unless(call, "scale", size, 1));
  norm.beta = TRY(take_unless(call, "center", size, 0));
  norm.mean = TRY(call.weights.take({size}));
  norm.variance = TRY(call.weights.take({size}));
  norm.epsilon = static_cast<float>(TRY(call.settings().number("epsilon", 1e-3)));
  const bool is_image = value.rank() >= 4 && axis + 1 == value.rank();
  if (is_image) value = call.graph.with_channels_first(value);
  if (stored_axis(value, axis) != 1) return only(scale_and_shift(call, value, axis, norm));
  Value result = value;
  std::vector<std::string> inputs = {value.name};
  inputs.push_back(call.graph.weight(call.path + ".gamma", std::move(norm.gamma)));
  inputs.push_back(call.graph.weight(call.path + ".beta", std::move(norm.beta)));
  inputs.push_back(call.graph.weight(call.path + ".moving_mean", std::move(norm.mean)));
  inputs.push_back(call.graph.weight(call.path + ".moving_variance", std::move(norm.variance)));
  result.name =
      call.builder().add("BatchNormalization", std::move(inputs), call.path, attributes("epsilon", norm.epsilon));
  return only(std::move(result));
}

/// Over the last axis or axes.
Result<std::vector<Value>> build_layer_norm(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  const Value value = call.graph.in_keras_order(call.input());
  const ConfigValue& settings = call.settings();
  if (TRY(settings.flag("rms_scaling", false))) return fail(Code::kUnimplemented, "rms_scaling");
  std::vector<std::size_t> axes;
  for (const std::int64_t axis :
       settings.has("axis") ? TRY(settings.integers("axis")) : std::vector<std::int64_t>{-1}) {
    axes.push_back(TRY(keras_axis(value, axis)));
  }
  std::ranges::sort(axes);
  std::vector<std::int64_t> dims;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] + axes.size() != value.rank() + i) return fail(Code::kUnimplemented, "axes that are not the last ones");
    dims.push_back(TRY(known_size(value, axes[i])));
  }
  const Shape shape(dims);
  if (dims.empty() || shape.element_count().value_or(INT64_MAX) > kMaxChannels)
    return invalid_argument("the axes do not fit");
  std::vector<std::string> inputs = {value.name};
  if (TRY(settings.flag("scale", true))) {
    inputs.push_back(call.graph.weight(call.path + ".gamma", TRY(call.weights.take(shape))));
  } else {
    const std::vector<float> ones(static_cast<std::size_t>(*shape.element_count()), 1.0F);
    inputs.push_back(call.graph.weight(call.path + ".ones", shape, ones));
  }
  if (TRY(settings.flag("center", true))) {
    inputs.push_back(call.graph.weight(call.path + ".beta", TRY(call.weights.take(shape))));
  }
  Value result = value;
  const auto epsilon = static_cast<float>(TRY(settings.number("epsilon", 1e-3)));
  result.name = call.builder().add("LayerNormalization", std::move(inputs), call.path,
                                   attributes("axis", -static_cast<std::int64_t>(dims.size()), "epsilon", epsilon));
  return only(std::move(result));
}

/// Groups of channels become the channels of an instance normalization, and are taken apart again.
Value normalize_groups(LayerCall& call, const Value& value, std::int64_t groups, float epsilon) {
  GraphBuilder& builder = call.builder();
  const std::string shape = builder.add("Shape", {value.name}, call.path + ".shape");
  const std::string grouped = builder.add(
      "Reshape", {value.name, builder.integers(call.path + ".groups", {0, groups, -1})}, call.path + ".grouped");
  const std::vector<float> ones(static_cast<std::size_t>(groups), 1.0F);
  const std::vector<float> zeros(static_cast<std::size_t>(groups), 0.0F);
  const std::string normalized = builder.add("InstanceNormalization",
                                             {grouped, call.graph.weight(call.path + ".ones", {groups}, ones),
                                              call.graph.weight(call.path + ".zeros", {groups}, zeros)},
                                             call.path + ".normalized", attributes("epsilon", epsilon));
  Value result = value;
  result.name = builder.add("Reshape", {normalized, shape}, call.path + ".ungrouped");
  return result;
}

Result<std::vector<Value>> build_group_norm(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  Value value = call.input().flattened.empty() ? call.input() : call.graph.in_keras_order(call.input());
  const std::size_t axis = TRY(single_axis(call, -1));
  const std::int64_t channels = TRY(known_size(value, axis));
  std::int64_t groups = TRY(call.settings().integer("groups", 32));
  if (groups == -1) groups = channels;
  if (groups < 1 || channels % groups != 0) {
    return invalid_argument(fmt::format("{} channels cannot be put into {} groups", channels, groups));
  }
  if (value.rank() > 2 && axis + 1 == value.rank()) value = call.graph.with_channels_first(value);
  if (stored_axis(value, axis) != 1) return fail(Code::kUnimplemented, "groups along another axis than the channels'");
  const auto epsilon = static_cast<float>(TRY(call.settings().number("epsilon", 1e-3)));
  Value result = normalize_groups(call, value, groups, epsilon);
  const auto apply = [&](std::string_view op, const std::string& name) -> Status {
    const Tensor weight = TRY(call.weights.take({channels}));
    const auto values = weight.values<float>();
    const std::string operand = spread(call, value, axis, name, {values.begin(), values.end()});
    result.name = call.builder().add(op, {result.name, operand}, call.path + "." + name + "_applied");
    return {};
  };
  if (TRY(call.settings().flag("scale", true))) TRY(apply("Mul", "gamma"));
  if (TRY(call.settings().flag("center", true))) TRY(apply("Add", "beta"));
  return only(std::move(result));
}

/// x / sqrt(max(sum(x^2), 1e-12))
Result<std::vector<Value>> build_unit_norm(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  const Value value = call.input();
  std::vector<std::int64_t> axes;
  for (const std::int64_t axis :
       call.settings().has("axis") ? TRY(call.settings().integers("axis")) : std::vector<std::int64_t>{-1}) {
    axes.push_back(static_cast<std::int64_t>(stored_axis(value, TRY(keras_axis(value, axis)))));
  }
  GraphBuilder& builder = call.builder();
  const std::string sum =
      builder.add("ReduceSumSquare", {value.name}, call.path + ".sum", attributes("axes", std::move(axes)));
  const std::string bounded =
      builder.add("Max", {sum, builder.scalar(call.path + ".least", 1e-12F)}, call.path + ".max");
  const std::string norm = builder.add("Sqrt", {bounded}, call.path + ".norm");
  Value result = value;
  result.name = builder.add("Div", {value.name, norm}, call.path);
  return only(std::move(result));
}

/// Numbers in the settings: one, or one a place.
Result<std::vector<float>> listed_numbers(const ConfigValue& setting) {
  std::vector<float> numbers;
  const ConfigValue::List* list = setting.list();
  if (list == nullptr && setting.is_number()) return std::vector<float>{static_cast<float>(setting.as_double())};
  if (list == nullptr) return invalid_argument("numbers are missing in the settings");
  for (const ConfigValue& element : *list) {
    if (element.list() != nullptr) {  // NumPy's arrays come with their leading axes
      for (const float number : TRY(listed_numbers(element))) numbers.push_back(number);
    } else {
      if (!element.is_number())
        return invalid_argument("a setting holds " + element.describe() + ": expected a number");
      numbers.push_back(static_cast<float>(element.as_double()));
    }
  }
  return numbers;
}

/// x * scale + offset
Result<std::vector<Value>> build_rescaling(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  Value result = call.input().flattened.empty() ? call.input() : call.graph.in_keras_order(call.input());
  const std::size_t last = result.rank() - 1;
  const auto scale = TRY(listed_numbers(call.settings().at("scale")));
  result.name =
      call.builder().add("Mul", {result.name, spread(call, result, last, "scale", scale)}, call.path + ".scaled");
  if (!call.settings().has("offset")) return only(std::move(result));
  const auto offset = TRY(listed_numbers(call.settings().at("offset")));
  if (std::ranges::all_of(offset, [](float number) { return number == 0; })) return only(std::move(result));
  result.name = call.builder().add("Add", {result.name, spread(call, result, last, "offset", offset)}, call.path);
  return only(std::move(result));
}

/// x * gamma: a layer of keras.applications' ConvNeXt.
Result<std::vector<Value>> build_layer_scale(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  Value result = call.input().flattened.empty() ? call.input() : call.graph.in_keras_order(call.input());
  const std::size_t last = result.rank() - 1;
  const Tensor gamma = TRY(call.weights.take({TRY(known_size(result, last))}));
  const std::vector<float> factors(gamma.values<float>().begin(), gamma.values<float>().end());
  result.name = call.builder().add("Mul", {result.name, spread(call, result, last, "gamma", factors)}, call.path);
  return only(std::move(result));
}

struct Moments {
  std::vector<float> mean;
  std::vector<float> variance;
};

/// In the settings when they were given, else among the weights.
Result<Moments> take_moments(LayerCall& call, std::int64_t size) {
  const ConfigValue& settings = call.settings();
  if (settings.has("mean")) {
    Moments moments;
    moments.mean = TRY(listed_numbers(settings.at("mean")));
    moments.variance = TRY(listed_numbers(settings.at("variance")));
    return moments;
  }
  const Shape* kept = call.weights.next_shape();
  const Shape shape = size == 1 && kept != nullptr && kept->rank() == 0 ? Shape{} : Shape{size};
  const Tensor mean = TRY(call.weights.take(shape));
  const Tensor variance = TRY(call.weights.take(shape));
  return Moments{{mean.values<float>().begin(), mean.values<float>().end()},
                 {variance.values<float>().begin(), variance.values<float>().end()}};
}

/// (x - mean) / max(sqrt(variance), 1e-7), or with `invert` mean + x * max(sqrt(variance), 1e-7).
Result<std::vector<Value>> build_normalization(LayerCall& call) {
  TRY(expect_inputs(call, 1));
  const Value value = call.input().flattened.empty() ? call.input() : call.graph.in_keras_order(call.input());
  const bool has_axis = call.settings().has("axis") &&
                        (call.settings().at("axis").list() == nullptr || !call.settings().at("axis").list()->empty());
  const std::size_t axis = has_axis ? TRY(single_axis(call, -1)) : value.rank() - 1;
  Moments moments = TRY(take_moments(call, has_axis ? TRY(known_size(value, axis)) : 1));
  if (moments.mean.empty() || moments.mean.size() != moments.variance.size()) {
    return invalid_argument("mean and variance are not equally many");
  }
  for (float& variance : moments.variance) variance = std::max(std::sqrt(variance), 1e-7F);
  const std::string mean = spread(call, value, axis, "mean", moments.mean);
  const std::string deviation = spread(call, value, axis, "deviation", moments.variance);
  Value result = value;
  if (TRY(call.settings().flag("invert", false))) {
    result.name = call.builder().add("Mul", {value.name, deviation}, call.path + ".scaled");
    result.name = call.builder().add("Add", {result.name, mean}, call.path);
  } else {
    result.name = call.builder().add("Sub", {value.name, mean}, call.path + ".centered");
    result.name = call.builder().add("Div", {result.name, deviation}, call.path);
  }
  return only(std::move(result));
}

constexpr std::array<LayerClass, 8> kNormalizationLayers = {{{"BatchNormalization", build_batch_norm},
                                                             {"SyncBatchNormalization", build_batch_norm},
                                                             {"LayerNormalization", build_layer_norm},
                                                             {"GroupNormalization", build_group_norm},
                                                             {"UnitNormalization", build_unit_norm},
                                                             {"LayerScale", build_layer_scale},
                                                             {"Rescaling", build_rescaling},
                                                             {"Normalization", build_normalization}}};

}  // namespace

std::span<const LayerClass> normalization_layers() { return kNormalizationLayers; }

}  // namespace tandem::convert::keras
