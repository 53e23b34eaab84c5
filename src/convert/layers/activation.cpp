// SPDX-License-Identifier: Apache-2.0
// One node where opset 17 has one, else the few nodes that runtimes fuse.
#include "convert/layers/activation.h"

#include <cmath>

namespace tandem::convert {
namespace {

/// x * (1 + erf(x / sqrt 2)) / 2 (Hendrycks and Gimpel, arXiv 1606.08415), in the order of nodes that runtimes fuse.
std::string gelu(GraphBuilder& graph, const std::string& input, const std::string& path) {
  const std::string scaled = graph.add("Div", {input, graph.scalar(path + ".sqrt2", std::sqrt(2.0F))}, path + ".div");
  const std::string erf = graph.add("Erf", {scaled}, path + ".erf");
  const std::string shifted = graph.add("Add", {erf, graph.scalar(path + ".one", 1.0F)}, path + ".add");
  const std::string product = graph.add("Mul", {input, shifted}, path + ".mul");
  return graph.add("Mul", {product, graph.scalar(path + ".half", 0.5F)}, path);
}

}  // namespace

std::string activate(Build build, const std::string& input, Activation activation, const std::string& path) {
  GraphBuilder& graph = build.graph;
  switch (activation) {
    case Activation::kNone: return input;
    case Activation::kRelu: return graph.add("Relu", {input}, path);
    case Activation::kRelu6:
      return graph.add("Clip", {input, graph.scalar(path + ".low", 0.0F), graph.scalar(path + ".high", 6.0F)}, path);
    case Activation::kHardSwish: return graph.add("HardSwish", {input}, path);
    case Activation::kHardSigmoid: return graph.add("HardSigmoid", {input}, path, attributes("alpha", 1.0F / 6));
    case Activation::kSigmoid: return graph.add("Sigmoid", {input}, path);
    case Activation::kSilu: return graph.add("Mul", {input, graph.add("Sigmoid", {input}, path + ".sigmoid")}, path);
    case Activation::kGelu: return gelu(graph, input, path);
    case Activation::kTanh: return graph.add("Tanh", {input}, path);
  }
  return input;
}

Feature activate(Build build, const Feature& input, Activation activation, const std::string& path) {
  return input.with(activate(build, input.value, activation, path));
}

Feature relu(Build build, const Feature& input, const std::string& path) {
  return activate(build, input, Activation::kRelu, path);
}

Feature leaky_relu(Build build, const Feature& input, float slope, const std::string& path) {
  return input.with(build.graph.add("LeakyRelu", {input.value}, path, attributes("alpha", slope)));
}

Result<Feature> prelu(Build build, const Feature& input, const std::string& path) {
  const std::string name = path + ".weight";
  const std::int64_t count = build.weights.has(name) ? TRY(build.weights.dim(name, 1, 0)) : input.channels;
  const Tensor slopes = TRY(build.weights.take(name, {count == 1 ? 1 : input.channels}));
  Tensor column = TRY(slopes.view().reshaped({count, 1, 1}));  // so that they broadcast over height and width
  return input.with(build.graph.add("PRelu", {input.value, build.graph.weight(name, std::move(column))}, path));
}

}  // namespace tandem::convert
