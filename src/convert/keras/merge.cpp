// SPDX-License-Identifier: Apache-2.0
// Layers of several values, which are brought to one rank and one layout first.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "convert/keras/layer.h"

namespace tandem::convert::keras {
namespace {

/// Keras gives values of fewer axes more of size 1 behind the batch.
Result<Value> with_rank(LayerCall& call, const Value& value, std::size_t rank) {
  if (value.rank() == rank) return value;
  Value result = call.graph.in_keras_order(value);
  std::vector<std::int64_t> axes;
  for (std::size_t axis = 1; axis <= rank - value.rank(); ++axis) axes.push_back(static_cast<std::int64_t>(axis));
  result.dims.insert(result.dims.begin() + 1, axes.size(), 1);
  const std::string path = call.path + ".expanded";
  result.name = call.builder().add("Unsqueeze", {result.name, call.builder().integers(path + ".axes", axes)}, path);
  return result;
}

/// Channels first when one of the values is stored so; a flattened image only among others that were flattened alike.
Result<std::vector<Value>> aligned(LayerCall& call) {
  std::size_t rank = 0;
  bool channels_first = false;
  bool same_flattened = true;
  for (const Value& value : call.inputs) {
    rank = std::max(rank, value.rank());
    channels_first = channels_first || value.layout == Layout::kChannelsFirst;
    same_flattened = same_flattened && value.flattened == call.inputs.front().flattened;
  }
  std::vector<Value> values;
  for (const Value& input : call.inputs) {
    Value value = TRY(with_rank(
        call, same_flattened ? input : (input.flattened.empty() ? input : call.graph.in_keras_order(input)), rank));
    values.push_back(channels_first ? call.graph.with_channels_first(value) : value);
  }
  return values;
}

Result<Dims> broadcast(const Dims& a, const Dims& b) {
  Dims result = a;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || b[i] == 1) continue;
    if (a[i] != 1 && a[i] != -1 && b[i] != -1) {
      return invalid_argument(fmt::format("sizes {} and {} do not go together", a[i], b[i]));
    }
    result[i] = a[i] == 1 || a[i] == -1 ? b[i] : a[i];
  }
  return result;
}

enum class Merge { kAdd, kSubtract, kMultiply, kAverage, kMaximum, kMinimum, kDivide };

constexpr std::string_view operator_of(Merge merge) {
  switch (merge) {
    case Merge::kAdd:
    case Merge::kAverage: return "Add";
    case Merge::kSubtract: return "Sub";
    case Merge::kMultiply: return "Mul";
    case Merge::kMaximum: return "Max";
    case Merge::kMinimum: return "Min";
    case Merge::kDivide: break;
  }
  return "Div";
}

template <Merge kMerge>
Result<std::vector<Value>> build_merge(LayerCall& call) {
  const std::vector<Value> values = TRY(aligned(call));
  Value result = values.front();
  for (std::size_t i = 1; i < values.size(); ++i) {
    result.dims = TRY(broadcast(result.dims, values[i].dims));
    result.masked = result.masked || values[i].masked;
    result.name = call.builder().add(operator_of(kMerge), {result.name, values[i].name}, call.path);
  }
  if (kMerge != Merge::kAverage) return only(std::move(result));
  return only(call.graph.with_scalar("Div", result, static_cast<float>(values.size()), call.path));
}

/// a + b * scale: a class that keras.applications' InceptionResNetV2 brings along.
Result<std::vector<Value>> build_scaled_sum(LayerCall& call) {
  TRY(expect_inputs(call, 2));
  const auto scale = static_cast<float>(TRY(call.settings().number("scale", 1)));
  call.inputs[1] = call.graph.with_scalar("Mul", call.inputs[1], scale, call.path + ".scaled");
  return build_merge<Merge::kAdd>(call);
}

/// The number among an operation's two arguments; the position of the value is where it is not.
struct Constant {
  float value = 0;
  bool first = false;
};

Result<Constant> constant_argument(const LayerCall& call) {
  std::vector<const ConfigValue*> arguments;
  if (call.call.positional != nullptr && call.call.positional->list() != nullptr) {
    for (const ConfigValue& argument : *call.call.positional->list()) arguments.push_back(&argument);
  }
  if (call.call.named != nullptr) {
    for (const std::string_view name : {"x1", "x2"}) {
      if (call.call.named->has(name)) arguments.push_back(&call.call.named->at(name));
    }
  }
  if (arguments.size() == 2 && arguments[0]->is_number()) {
    return Constant{static_cast<float>(arguments[0]->as_double()), true};
  }
  if (arguments.size() == 2 && arguments[1]->is_number()) {
    return Constant{static_cast<float>(arguments[1]->as_double()), false};
  }
  return fail(Code::kUnimplemented, "an operation on something else than values and single numbers");
}

/// x + y, 2 * x, 1 - x of Keras 3 (keras.ops).
template <Merge kMerge>
Result<std::vector<Value>> build_operation(LayerCall& call) {
  if (call.inputs.size() == 2) return build_merge<kMerge>(call);
  const Constant constant = TRY(constant_argument(call));
  Value result = call.input();
  const std::string number = call.builder().scalar(call.path + ".constant", constant.value);
  std::vector<std::string> inputs = {result.name, number};
  if (constant.first) std::swap(inputs[0], inputs[1]);
  result.name = call.builder().add(operator_of(kMerge), std::move(inputs), call.path);
  return only(std::move(result));
}

Result<std::vector<Value>> build_concatenate(LayerCall& call) {
  for (Value& value : call.inputs) {
    if (!value.flattened.empty()) value = call.graph.in_keras_order(value);
    if (value.rank() != call.input().rank()) return invalid_argument("values of different ranks are joined");
  }
  const std::vector<Value> values = TRY(aligned(call));
  Value result = values.front();
  const std::size_t axis = TRY(keras_axis(result, TRY(call.settings().integer("axis", -1))));
  std::vector<std::string> names;
  std::int64_t size = 0;
  for (const Value& value : values) {
    names.push_back(value.name);
    size = size < 0 || value.dims[axis] < 0 ? -1 : size + value.dims[axis];
    result.masked = result.masked || value.masked;
  }
  result.dims[axis] = size;
  result.name = call.builder().add("Concat", std::move(names), call.path,
                                   attributes("axis", static_cast<std::int64_t>(stored_axis(result, axis))));
  return only(std::move(result));
}

Value unit_length(LayerCall& call, const Value& value, std::size_t axis) {
  Value result = value;
  const std::string path = call.path + ".unit";
  GraphBuilder& builder = call.builder();
  const std::string sum = builder.add("ReduceSumSquare", {value.name}, path + ".sum",
                                      attributes("axes", std::vector<std::int64_t>{static_cast<std::int64_t>(axis)}));
  const std::string bounded = builder.add("Max", {sum, builder.scalar(path + ".least", 1e-12F)}, path + ".max");
  result.name = builder.add("Div", {value.name, builder.add("Sqrt", {bounded}, path + ".norm")}, path);
  return result;
}

/// Products summed over one axis of each: an Einsum whose letters are axes.
Result<std::vector<Value>> build_dot(LayerCall& call) {
  TRY(expect_inputs(call, 2));
  Value a = call.graph.in_keras_order(call.inputs[0]);
  Value b = call.graph.in_keras_order(call.inputs[1]);
  std::vector<std::int64_t> axes = TRY(call.settings().integers("axes"));
  if (axes.size() == 1) axes.push_back(axes.front());
  if (axes.size() != 2) return invalid_argument("'axes' must be one or two numbers");
  const std::size_t axis_a = TRY(keras_axis(a, axes[0]));
  const std::size_t axis_b = TRY(keras_axis(b, axes[1]));
  if (axis_a == 0 || axis_b == 0 || a.rank() > 6 || b.rank() > 6) return invalid_argument("the axes do not fit");
  if (TRY(call.settings().flag("normalize", false))) {
    a = unit_length(call, a, axis_a);
    b = unit_length(call, b, axis_b);
  }
  std::string left, right, out = "n";
  Value result = a;
  result.dims = {a.dims.front()};
  const auto spell = [&](const Value& value, std::size_t summed, char letter, std::string& spelled) {
    for (std::size_t i = 0; i < value.rank(); ++i, ++letter) {
      const char used = i == 0 ? 'n' : i == summed ? 's' : letter;
      spelled += used;
      if (i == 0 || i == summed) continue;
      out += used;
      result.dims.push_back(value.dims[i]);
    }
  };
  spell(a, axis_a, 'a', left);
  spell(b, axis_b, 'g', right);
  result.name = call.builder().add("Einsum", {a.name, b.name}, call.path,
                                   attributes("equation", fmt::format("{},{}->{}", left, right, out)));
  if (result.rank() > 1) return only(std::move(result));
  result.dims.push_back(1);  // Keras keeps one axis
  result.name =
      call.builder().add("Unsqueeze", {result.name, call.builder().integers(call.path + ".axes", {1})}, call.path);
  return only(std::move(result));
}

constexpr std::array<LayerClass, 16> kMergeLayers = {{{"Add", build_merge<Merge::kAdd>},
                                                      {"Subtract", build_merge<Merge::kSubtract>},
                                                      {"Multiply", build_merge<Merge::kMultiply>},
                                                      {"Average", build_merge<Merge::kAverage>},
                                                      {"Maximum", build_merge<Merge::kMaximum>},
                                                      {"Minimum", build_merge<Merge::kMinimum>},
                                                      {"Concatenate", build_concatenate, false},
                                                      {"Dot", build_dot},
                                                      {"CustomScaleLayer", build_scaled_sum},
                                                      // operations are looked up with "ops." in front
                                                      {"ops.Add", build_operation<Merge::kAdd>},
                                                      {"ops.Subtract", build_operation<Merge::kSubtract>},
                                                      {"ops.Multiply", build_operation<Merge::kMultiply>},
                                                      {"ops.Maximum", build_operation<Merge::kMaximum>},
                                                      {"ops.Minimum", build_operation<Merge::kMinimum>},
                                                      {"ops.TrueDivide", build_operation<Merge::kDivide>},
                                                      {"ops.Divide", build_operation<Merge::kDivide>}}};

}  // namespace

std::span<const LayerClass> merge_layers() { return kMergeLayers; }

}  // namespace tandem::convert::keras
