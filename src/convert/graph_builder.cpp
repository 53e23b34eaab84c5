// SPDX-License-Identifier: Apache-2.0
// Names stay unique; everything else is appended as it comes.
#include "convert/graph_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "graph/verify.h"

namespace tandem::convert {

void rename_value(graph::Graph& graph, const std::string& before, const std::string& after) {
  const auto rename = [&](std::string& name) {
    if (name == before) name = after;
  };
  for (graph::Node& node : graph.nodes) {
    std::ranges::for_each(node.inputs, rename);
    std::ranges::for_each(node.outputs, rename);
    for (auto& [key, value] : node.attributes) {
      if (auto* inner = std::get_if<std::unique_ptr<graph::Graph>>(&value)) rename_value(**inner, before, after);
    }
  }
  for (auto* specs : {&graph.inputs, &graph.outputs, &graph.values}) {
    for (TensorSpec& spec : *specs) rename(spec.name);
  }
  for (graph::Initializer& weight : graph.initializers) rename(weight.name);
}

std::string GraphBuilder::unique(const std::string& name) {
  if (names_.insert(name).second) return name;
  int& count = counts_.try_emplace(name, 1).first->second;
  std::string chosen;
  do {
    chosen = fmt::format("{}_{}", name, ++count);
  } while (!names_.insert(chosen).second);
  return chosen;
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
  std::vector<graph::Node>& nodes = current().nodes;
  nodes.push_back(std::move(node));
  return nodes.back().outputs;
}

std::string GraphBuilder::add(std::string_view op_type, std::vector<std::string> inputs, const std::string& path,
                              Attributes attributes) {
  return add_many(op_type, std::move(inputs), path, 1, std::move(attributes)).front();
}

void GraphBuilder::open_inner(std::string name) {
  inner_.push_back(std::make_unique<graph::Graph>());
  inner_.back()->name = std::move(name);
}

std::unique_ptr<graph::Graph> GraphBuilder::close_inner(std::vector<TensorSpec> outputs) {
  CHECK(!inner_.empty());
  std::set<std::string_view> own;
  for (const graph::Node& node : current().nodes) own.insert(node.outputs.begin(), node.outputs.end());
  std::vector<std::string> outside;
  for (TensorSpec& output : outputs) {
    if (own.erase(output.name) == 0) outside.push_back(output.name);
  }
  for (TensorSpec& output : outputs) {
    const auto found = std::ranges::find(outside, output.name);
    if (found == outside.end()) continue;
    output.name = add("Identity", {output.name}, output.name);
    outside.erase(found);
  }
  std::unique_ptr<graph::Graph> closed = std::move(inner_.back());
  inner_.pop_back();
  closed->outputs = std::move(outputs);
  return closed;
}

void GraphBuilder::reserve(std::string output_name) {
  if (names_.insert(output_name).second) reserved_.insert(std::move(output_name));
}

void GraphBuilder::output(const std::string& value, TensorSpec spec) {
  if (reserved_.erase(spec.name) == 0) spec.name = unique(spec.name);
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
  for (const graph::Node& node : model_.graph.nodes) {
    found = found || std::ranges::find(node.outputs, value) != node.outputs.end();
  }
  if (found) rename_value(model_.graph, value, name);
  return found;
}

Result<graph::Model> GraphBuilder::finish() && {
  TRY(graph::verify(model_));
  return std::move(model_);
}

}  // namespace tandem::convert
