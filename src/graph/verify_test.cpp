// SPDX-License-Identifier: Apache-2.0
// Sound graphs pass; each rule, broken alone, is named.
#include "graph/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::graph {
namespace {

using ::testing::HasSubstr;

TensorSpec edge(std::string name) { return {std::move(name), DType::kFloat32, {{Dim::symbol("n")}, false}, false}; }

Node node_of(std::string type, std::vector<std::string> inputs, std::vector<std::string> outputs) {
  Node made;
  made.op_type = std::move(type);
  made.inputs = std::move(inputs);
  made.outputs = std::move(outputs);
  return made;
}

/// x -> Relu -> a; a + weight -> y
Model sound() {
  Model model;
  model.graph.name = "small";
  model.graph.inputs.push_back(edge("x"));
  model.graph.initializers.push_back({"weight", Tensor::from<float>({1}, std::vector{2.0F}).value()});
  model.graph.nodes.push_back(node_of("Relu", {"x"}, {"a"}));
  model.graph.nodes.push_back(node_of("Add", {"a", "weight"}, {"y"}));
  model.graph.outputs.push_back(edge("y"));
  return model;
}

std::string problem(const Model& model) {
  const Status status = verify(model);
  return status ? "" : status.error().message;
}

TEST(Verify, ASoundModelPasses) { EXPECT_EQ(problem(sound()), ""); }

TEST(Verify, AnOptionalInputMayBeLeftOut) {
  Model model = sound();
  model.graph.nodes.push_back(node_of("Clip", {"y", "", "weight"}, {"z"}));
  EXPECT_EQ(problem(model), "");
}

TEST(Verify, AValueMustBeDefinedBeforeItIsUsed) {
  Model model = sound();
  std::swap(model.graph.nodes[0], model.graph.nodes[1]);
  EXPECT_THAT(problem(model), HasSubstr("node 0 (Add) uses 'a', which nothing before it defines"));
}

TEST(Verify, AValueHasOneDefinition) {
  Model model = sound();
  model.graph.nodes[1].outputs[0] = "a";
  EXPECT_THAT(problem(model), HasSubstr("'a' is defined twice"));
}

TEST(Verify, EveryOutputIsDefined) {
  Model model = sound();
  model.graph.outputs[0].name = "z";
  EXPECT_THAT(problem(model), HasSubstr("nothing defines the output 'z'"));
}

TEST(Verify, AGraphHasOutputs) {
  Model model = sound();
  model.graph.outputs.clear();
  EXPECT_THAT(problem(model), HasSubstr("has no outputs"));
}

TEST(Verify, ADomainNeedsAnOpset) {
  Model model = sound();
  model.graph.nodes[0].domain = "com.example";
  EXPECT_THAT(problem(model), HasSubstr("of the domain 'com.example'"));
}

TEST(Verify, AWeightHasAValue) {
  Model model = sound();
  model.graph.initializers[0].tensor = Tensor();
  EXPECT_THAT(problem(model), HasSubstr("the weight 'weight' has no value"));
}

Model with_subgraph(std::string used) {
  Model model = sound();
  auto inner = std::make_unique<Graph>();
  inner->nodes.push_back(node_of("Neg", {std::move(used)}, {"inner"}));
  inner->outputs.push_back(edge("inner"));
  Node loop = node_of("If", {"x"}, {"z"});
  loop.attributes.emplace("then_branch", std::move(inner));
  model.graph.nodes.push_back(std::move(loop));
  return model;
}

TEST(Verify, ASubgraphSeesTheValuesAroundIt) { EXPECT_EQ(problem(with_subgraph("y")), ""); }

TEST(Verify, ASubgraphDoesNotSeeWhatComesLater) {
  EXPECT_THAT(problem(with_subgraph("z")), HasSubstr("node 0 (Neg) uses 'z'"));
}

}  // namespace
}  // namespace tandem::graph
