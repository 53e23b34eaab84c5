// SPDX-License-Identifier: Apache-2.0
// Activations. Gelu, silu and their like are written in the forms that engines recognize and fuse.
#include <numbers>

#include "convert/aten/nodes.h"

namespace tandem::convert::aten {
namespace {

template <OpType Type>
Status lower_plain(Operation& operation) {
  return operation.output(operation.add(Type.name(), {TRY(operation.tensor("self")).name}));
}

Status lower_leaky_relu(Operation& operation) {
  const auto slope = static_cast<float>(TRY(operation.real("negative_slope")));
  return operation.output(operation.add("LeakyRelu", {TRY(operation.tensor("self")).name}, attributes("alpha", slope)));
}

/// The slope that training leaves behind is the middle of the range.
Status lower_rrelu(Operation& operation) {
  if (TRY(operation.flag("training"))) return operation.refuse("in training mode; call model.eval() before the export");
  const auto slope = static_cast<float>((TRY(operation.real("lower")) + TRY(operation.real("upper"))) / 2);
  return operation.output(operation.add("LeakyRelu", {TRY(operation.tensor("self")).name}, attributes("alpha", slope)));
}

/// scale * (x if x > 0 else alpha * (exp(input_scale * x) - 1)); SELU has factors of its own.
Status lower_elu(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const double alpha = TRY(operation.real("alpha"));
  const double scale = TRY(operation.real("scale"));
  const double input_scale = TRY(operation.real("input_scale"));
  if (scale == 1 && input_scale == 1) {
    return operation.output(operation.add("Elu", {self.name}, attributes("alpha", static_cast<float>(alpha))));
  }
  Value scaled = self;
  if (input_scale != 1) scaled.name = TRY(with_number(operation, "Mul", self, input_scale));
  // Elu of the scaled value is right below zero; above it, x itself.
  const std::string below = operation.add("Elu", {scaled.name}, attributes("alpha", static_cast<float>(alpha)));
  const std::string above = TRY(with_number(operation, "Greater", self, 0));
  const Value chosen = typed(operation.add("Where", {above, self.name, below}), self.dtype());
  return operation.output(TRY(with_number(operation, "Mul", chosen, scale)));
}

Status lower_celu(Operation& operation) {
  const auto alpha = static_cast<float>(TRY(operation.real("alpha")));
  return operation.output(operation.add("Celu", {TRY(operation.tensor("self")).name}, attributes("alpha", alpha)));
}

Status lower_selu(Operation& operation) {
  return operation.output(operation.add("Selu", {TRY(operation.tensor("self")).name},
                                        attributes("alpha", 1.67326324F, "gamma", 1.05070099F)));
}

/// ONNX aligns the slope with the last axes; PyTorch's stands for the second one.
Status lower_prelu(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const Value weight = TRY(operation.tensor("weight"));
  std::string slope = weight.name;
  if (self.rank() > 2 && weight.rank() == 1) {
    std::vector<Size> shape(static_cast<std::size_t>(self.rank() - 1), Size{1});
    shape.front() = operation.size_of(weight, 0);
    slope = operation.reshape(slope, std::move(shape));
  }
  return operation.output(operation.add("PRelu", {self.name, slope}));
}

/// log(1 + exp(beta * x)) / beta; above the threshold PyTorch gives x, which is the same to the last digit.
Status lower_softplus(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const double beta = TRY(operation.real("beta"));
  const double threshold = TRY(operation.real("threshold"));
  if (beta == 1 && threshold >= 20) return operation.output(operation.add("Softplus", {self.name}));
  const Value scaled = typed(TRY(with_number(operation, "Mul", self, beta)), self.dtype());
  const Value soft = typed(operation.add("Softplus", {scaled.name}), self.dtype());
  const std::string result = TRY(with_number(operation, "Div", soft, beta));
  const std::string above = TRY(with_number(operation, "Greater", scaled, threshold));
  return operation.output(operation.add("Where", {above, self.name, result}));
}

Status clip(Operation& operation, const Value& self, double low, double high) {
  const std::string least = TRY(number(operation, low, self.dtype()));
  const std::string most = TRY(number(operation, high, self.dtype()));
  return operation.output(operation.add("Clip", {self.name, least, most}));
}

Status lower_hardtanh(Operation& operation) {
  return clip(operation, TRY(operation.tensor("self")), TRY(operation.real("min_val")), TRY(operation.real("max_val")));
}

Status lower_relu6(Operation& operation) { return clip(operation, TRY(operation.tensor("self")), 0, 6); }

Status lower_hardsigmoid(Operation& operation) {
  return operation.output(
      operation.add("HardSigmoid", {TRY(operation.tensor("self")).name}, attributes("alpha", 1.0F / 6, "beta", 0.5F)));
}

/// x * sigmoid(x)
Status lower_silu(Operation& operation) {
  const std::string self = TRY(operation.tensor("self")).name;
  return operation.output(operation.add("Mul", {self, operation.add("Sigmoid", {self})}));
}

/// x * tanh(log(1 + exp(x)))
Status lower_mish(Operation& operation) {
  const std::string self = TRY(operation.tensor("self")).name;
  const std::string soft = operation.add("Tanh", {operation.add("Softplus", {self})});
  return operation.output(operation.add("Mul", {self, soft}));
}

/// 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))
Status gelu_tanh(Operation& operation, const Value& self) {
  const Value cube = typed(TRY(with_number(operation, "Pow", self, 3)), self.dtype());
  const std::string scaled = TRY(with_number(operation, "Mul", cube, 0.044715));
  const Value inner = typed(operation.add("Add", {self.name, scaled}), self.dtype());
  const std::string angle = TRY(with_number(operation, "Mul", inner, std::numbers::sqrt2 * std::numbers::inv_sqrtpi));
  const Value tanh = typed(operation.add("Tanh", {angle}), self.dtype());
  const std::string sum = TRY(with_number(operation, "Add", tanh, 1));
  const std::string half = TRY(with_number(operation, "Mul", self, 0.5));
  return operation.output(operation.add("Mul", {half, sum}));
}

Status lower_gelu(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::string form = TRY(operation.text("approximate"));
  if (form == "none") return operation.output(TRY(gelu(operation, self)));
  if (form == "tanh") return gelu_tanh(operation, self);
  return operation.refuse("the approximation '" + form + "' is not known");
}

/// -softplus(-x)
Status lower_log_sigmoid(Operation& operation) {
  const std::string negative = operation.add("Neg", {TRY(operation.tensor("self")).name});
  return operation.output(operation.add("Neg", {operation.add("Softplus", {negative})}));
}

Status lower_tanhshrink(Operation& operation) {
  const std::string self = TRY(operation.tensor("self")).name;
  return operation.output(operation.add("Sub", {self, operation.add("Tanh", {self})}));
}

template <bool Soft>
Status lower_shrink(Operation& operation) {
  const auto lambda = static_cast<float>(TRY(operation.real("lambd")));
  return operation.output(operation.add("Shrink", {TRY(operation.tensor("self")).name},
                                        attributes("lambd", lambda, "bias", Soft ? lambda : 0.0F)));
}

/// x if x > threshold else value
Status lower_threshold(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::string limit = TRY(operation.number_as("threshold", self.dtype()));
  const std::string value = TRY(operation.number_as("value", self.dtype()));
  const std::string above = operation.add("Greater", {self.name, limit});
  return operation.output(operation.add("Where", {above, self.name, value}));
}

/// The first half of an axis times the sigmoid of the second.
Status lower_glu(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  const auto halves = operation.add_many("Split", {self.name}, 2, attributes("axis", axis));
  return operation.output(operation.add("Mul", {halves[0], operation.add("Sigmoid", {halves[1]})}));
}

/// `dtype` is what the input is cast to before.
template <OpType Type>
Status lower_softmax(Operation& operation) {
  Value self = TRY(operation.tensor("self"));
  const auto dtype = operation.argument("dtype") == nullptr ? std::nullopt : TRY(operation.dtype("dtype"));
  self = operation.cast(self, dtype.value_or(self.dtype()));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  if (self.rank() > 0) return operation.output(operation.add(Type.name(), {self.name}, attributes("axis", axis)));
  const std::string row = operation.add(Type.name(), {unsqueeze(operation, self.name, {0})}, attributes("axis", axis));
  return operation.output(squeeze(operation, row, {0}));
}

/// Rows in which everything is masked (-inf) give zeros, not NaN.
Status lower_safe_softmax(Operation& operation) {
  const Value self = TRY(operation.tensor("self"));
  const std::int64_t axis = TRY(operation.axis("dim", self.rank()));
  const std::string weights = operation.add("Softmax", {self.name}, attributes("axis", axis));
  const std::string undefined = operation.add("IsNaN", {weights});
  const std::string zero = TRY(number(operation, 0, self.dtype()));
  return operation.output(operation.add("Where", {undefined, zero, weights}));
}

constexpr Operator kActivationOperators[] = {
    {"_log_softmax", lower_softmax<"LogSoftmax">},
    {"_safe_softmax", lower_safe_softmax},
    {"_softmax", lower_softmax<"Softmax">},
    {"celu", lower_celu},
    {"elu", lower_elu},
    {"gelu", lower_gelu},
    {"glu", lower_glu},
    {"hardshrink", lower_shrink<false>},
    {"hardsigmoid", lower_hardsigmoid},
    {"hardswish", lower_plain<"HardSwish">},
    {"hardtanh", lower_hardtanh},
    {"leaky_relu", lower_leaky_relu},
    {"log_sigmoid", lower_log_sigmoid},
    {"log_sigmoid_forward", lower_log_sigmoid},
    {"log_softmax", lower_softmax<"LogSoftmax">},
    {"mish", lower_mish},
    {"prelu", lower_prelu},
    {"_prelu_kernel", lower_prelu},
    {"relu6", lower_relu6},
    {"rrelu", lower_rrelu},
    {"rrelu_with_noise_functional", lower_rrelu},
    {"selu", lower_selu},
    {"sigmoid", lower_plain<"Sigmoid">},
    {"silu", lower_silu},
    {"softmax", lower_softmax<"Softmax">},
    {"softplus", lower_softplus},
    {"softshrink", lower_shrink<true>},
    {"tanh", lower_plain<"Tanh">},
    {"tanhshrink", lower_tanhshrink},
    {"threshold", lower_threshold},
};

}  // namespace

std::span<const Operator> activation_operators() { return kActivationOperators; }

}  // namespace tandem::convert::aten
