// SPDX-License-Identifier: Apache-2.0
// Names stay unique; everything else is appended as it comes.
#include "convert/graph_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "graph/verify.h"

namespace tandem::convert {

std::string GraphBuilder::unique(const std::string& name) {
  if (names_.insert(name).second) return name;
  // Numbers go on where they ended: looking from 2 on would be quadratic in the calls of a shared layer.
  int& number = last_number_.try_emplace(name, 1).first->second;
  for (;;) {
    std::string chosen = fmt::format("{}_{}", name, ++number);
    if (names_.insert(chosen).second) return chosen;
  }
}

std::string GraphBuilder::input(TensorSpec spec) {
  spec.name = unique(spec.name);
  model_.graph.inputs.push_back(std::move(spec));
  return model_.graph.inputs.back().name;
}

std::string GraphBuilder::weight(std::string name, Tensor value) {
  name = unique(name);
  model_.graph.initializers.push_back({name, std::move(value)});
  return name;
}

std::string GraphBuilder::integers(const std::string& name, std::vector<std::int64_t> values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  return weight(name, Tensor::from<std::int64_t>(shape, values).value());
}

std::string GraphBuilder::scalar(const std::string& name, float value) {
  return weight(name, Tensor::from<float>(Shape{}, std::span<const float>(&value, 1)).value());
}

std::vector<std::string> GraphBuilder::add_many(std::string_view op_type, std::vector<std::string> inputs,
                                                const std::string& path, std::size_t count, Attributes attributes) {
  graph::Node node;
  node.op_type = op_type;
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  for (std::size_t i = 0; i < count; ++i) node.outputs.push_back(unique(path));
  node.name = node.outputs.front();
  model_.graph.nodes.push_back(std::move(node));
  return model_.graph.nodes.back().outputs;
}

std::string GraphBuilder::add(std::string_view op_type, std::vector<std::string> inputs, const std::string& path,
                              Attributes attributes) {
  return add_many(op_type, std::move(inputs), path, 1, std::move(attributes)).front();
}

void GraphBuilder::output(const std::string& value, TensorSpec spec) {
  spec.name = unique(spec.name);
  if (!rename(value, spec.name)) add_identity(value, spec.name);
  model_.graph.outputs.push_back(std::move(spec));
}

void GraphBuilder::add_identity(const std::string& value, const std::string& name) {
  graph::Node node;
  node.name = name;
  node.op_type = "Identity";
  node.inputs = {value};
  node.outputs = {name};
  model_.graph.nodes.push_back(std::move(node));
}

bool GraphBuilder::rename(const std::string& value, const std::string& name) {
  bool found = false;
  for (graph::Node& node : model_.graph.nodes) {
    for (std::string& output : node.outputs) {
      if (output == value) output = name, found = true;
    }
  }
  if (!found) return false;
  for (graph::Node& node : model_.graph.nodes) std::replace(node.inputs.begin(), node.inputs.end(), value, name);
  return true;
}

Result<graph::Model> GraphBuilder::finish() && {
  TRY(graph::verify(model_));
  return std::move(model_);
}

}  // namespace tandem::convert
