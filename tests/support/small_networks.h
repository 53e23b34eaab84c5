// SPDX-License-Identifier: Apache-2.0
// Small networks as graphs, with weights that are always the same: what passes are tried on.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"

namespace tandem::small_networks {

inline graph::Node node(std::string type, std::vector<std::string> inputs, std::vector<std::string> outputs) {
  graph::Node made;
  made.name = outputs.front();
  made.op_type = std::move(type);
  made.inputs = std::move(inputs);
  made.outputs = std::move(outputs);
  return made;
}

/// [batch, sizes...]
inline TensorSpec edge(std::string name, const std::vector<std::int64_t>& sizes) {
  TensorSpec spec{std::move(name), DType::kFloat32, {{Dim::symbol("batch")}, false}, false};
  for (const std::int64_t size : sizes) spec.shape.dims.push_back(Dim::fixed(size));
  return spec;
}

/// N(0, scale), by name and shape the same every time.
inline Tensor random_tensor(Shape shape, unsigned seed, float scale = 1) {
  Tensor tensor = Tensor::allocate(DType::kFloat32, std::move(shape)).value();
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, scale);
  for (float& value : tensor.mutable_values<float>()) value = normal(random);
  return tensor;
}

inline void weight(graph::Graph& graph, std::string name, Shape shape, float scale = 1) {
  const auto seed = static_cast<unsigned>(graph.initializers.size() + 1);
  graph.initializers.push_back({std::move(name), random_tensor(std::move(shape), seed, scale)});
}

/// x [batch, 2, 8, 8] -> Conv -> Relu -> MaxPool -> Conv -> Relu -> Flatten -> Gemm -> y [batch, 5]
inline graph::Model convolutional() {
  graph::Model model;
  graph::Graph& graph = model.graph;
  graph.name = "convolutional";
  graph.inputs.push_back(edge("x", {2, 8, 8}));
  weight(graph, "w1", {6, 2, 3, 3}, 0.3F);
  weight(graph, "b1", {6}, 0.1F);
  weight(graph, "w2", {4, 6, 3, 3}, 0.2F);
  weight(graph, "w3", {5, 64}, 0.2F);
  weight(graph, "b3", {5}, 0.1F);
  const std::vector<std::int64_t> pads{1, 1, 1, 1};
  graph.nodes.push_back(node("Conv", {"x", "w1", "b1"}, {"conv1"}));
  graph.nodes.back().attributes.emplace("pads", pads);
  graph.nodes.push_back(node("Relu", {"conv1"}, {"relu1"}));
  graph.nodes.push_back(node("MaxPool", {"relu1"}, {"pool"}));
  graph.nodes.back().attributes.emplace("kernel_shape", std::vector<std::int64_t>{2, 2});
  graph.nodes.back().attributes.emplace("strides", std::vector<std::int64_t>{2, 2});
  graph.nodes.push_back(node("Conv", {"pool", "w2"}, {"conv2"}));
  graph.nodes.back().attributes.emplace("pads", pads);
  graph.nodes.push_back(node("Relu", {"conv2"}, {"relu2"}));
  graph.nodes.push_back(node("Flatten", {"relu2"}, {"flat"}));
  graph.nodes.push_back(node("Gemm", {"flat", "w3", "b3"}, {"y"}));
  graph.nodes.back().attributes.emplace("transB", std::int64_t{1});
  graph.outputs.push_back(edge("y", {5}));
  return model;
}

/// x [batch, 16] -> MatMul -> Relu -> Gemm -> y [batch, 4]
inline graph::Model products() {
  graph::Model model;
  graph::Graph& graph = model.graph;
  graph.name = "products";
  graph.inputs.push_back(edge("x", {16}));
  weight(graph, "w1", {16, 8}, 0.3F);
  weight(graph, "w2", {8, 4}, 0.3F);
  weight(graph, "b2", {4}, 0.1F);
  graph.nodes.push_back(node("MatMul", {"x", "w1"}, {"hidden"}));
  graph.nodes.push_back(node("Relu", {"hidden"}, {"active"}));
  graph.nodes.push_back(node("Gemm", {"active", "w2", "b2"}, {"y"}));
  graph.outputs.push_back(edge("y", {4}));
  return model;
}

/// How many operators of that type the graph has.
inline std::size_t count(const graph::Graph& graph, std::string_view type) {
  std::size_t found = 0;
  for (const graph::Node& one : graph.nodes) found += one.is(type) ? 1U : 0U;
  return found;
}

}  // namespace tandem::small_networks
