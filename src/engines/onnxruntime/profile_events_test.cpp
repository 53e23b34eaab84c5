// SPDX-License-Identifier: Apache-2.0
// The profiler's report: what is taken from it, how it is put together with the graph, and what is refused.
#include "engines/onnxruntime/profile_events.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engines/onnxruntime/profile_assembly.h"

namespace tandem::onnxruntime {
namespace {

using std::chrono::microseconds;
using testing::HasSubstr;

std::string run_event(int start, int duration) {
  return fmt::format(
      R"({{"cat" : "Session","pid" :1,"tid" :1,"dur" :{},"ts" :{},"ph" : "X","name" :"model_run","args" : {{}}}})",
      duration, start);
}

std::string node_event(const std::string& name, const std::string& op, int start, int duration, int index = 0) {
  return fmt::format(
      R"({{"cat" : "Node","pid" :1,"tid" :1,"dur" :{},"ts" :{},"ph" : "X","name" :"{}_kernel_time","args" : )"
      R"({{"op_name" : "{}","provider" : "CPUExecutionProvider","node_index" : "{}",)"
      R"("input_type_shape" : [{{"float":[1,3]}},{{"int64":[]}}],"output_type_shape" : [{{"uint8":[2]}}]}}}})",
      duration, start, name, op, index);
}

std::string report(const std::vector<std::string>& events) {
  std::string text = "[\n";
  for (std::size_t i = 0; i < events.size(); ++i) text += (i > 0 ? ",\n" : "") + events[i];
  return text + "\n]\n";
}

ExecutedNode graph_node(const std::string& name, const std::string& op, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs) {
  return {name, op, "", inputs, outputs, {}, {}};
}

TEST(ProfileEvents, ReadsTimesNamesAndShapes) {
  const auto events = read_profile_events(report({run_event(10, 50), node_event("a", "Conv", 12, 30)}));
  ASSERT_TRUE(events) << events.error().message;
  ASSERT_EQ(events->nodes.size(), 1U);
  EXPECT_EQ(events->nodes[0].name, "a");
  EXPECT_EQ(events->nodes[0].op, "Conv");
  EXPECT_EQ(events->nodes[0].provider, "CPUExecutionProvider");
  EXPECT_EQ(events->nodes[0].inputs.at(0).dtype, DType::kFloat32);
  EXPECT_EQ(events->nodes[0].inputs.at(0).shape, Shape({1, 3}));
  EXPECT_EQ(events->nodes[0].inputs.at(1).shape, Shape());
  EXPECT_EQ(events->nodes[0].outputs.at(0).dtype, DType::kUint8);
  ASSERT_EQ(events->events.size(), 2U);
  EXPECT_EQ(events->events[0].node, kWholeRun);
  EXPECT_EQ(events->events[1].start_us, 12U);
  EXPECT_EQ(events->events[1].duration_us, 30U);
}

TEST(ProfileEvents, ANodeThatCallsOthersComesBeforeThemInTheSameMicrosecond) {
  const auto events = read_profile_events(
      report({node_event("inner", "Add", 10, 1), node_event("loop", "Loop", 10, 5), run_event(10, 9)}));
  ASSERT_TRUE(events);
  EXPECT_EQ(events->events[0].node, kWholeRun);
  EXPECT_EQ(events->nodes[events->events[1].node].name, "loop");
}

TEST(ProfileEvents, OtherEventsAreLeftOut) {
  const auto events = read_profile_events(
      report({R"({"cat":"Session","name":"session_initialization","ts":0,"dur":5})",
              R"({"cat":"Node","name":"a_fence_before","ts":0,"dur":5,"args":{"op_name":"Conv"}})"}));
  ASSERT_TRUE(events);
  EXPECT_TRUE(events->events.empty());
}

TEST(ProfileEvents, WhatIsNoReportIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[{"), std::string("[{\"name\":1}]"), std::string("3"),
        report({R"({"cat":"Node","name":"a_kernel_time","ts":-1,"dur":5})"}),
        report({R"({"cat":"Node","name":"a_kernel_time","ts":1.5,"dur":5})"}),
        report({R"({"cat":"Node","name":"a_kernel_time","ts":1e300,"dur":5})"})}) {
    EXPECT_FALSE(read_profile_events(text)) << text;
  }
}

TEST(ProfileEvents, NothingThatNestsDeepIsKept) {
  std::string deep =
      R"({"cat":"Node","name":"a_kernel_time","ts":1,"dur":2,"args":{"op_name":"Add","input_type_shape":)";
  deep += std::string(10'000, '[') + std::string(10'000, ']') + "}}";
  const auto events = read_profile_events(report({deep}));
  ASSERT_TRUE(events) << events.error().message;
  EXPECT_EQ(events->nodes[0].op, "Add");
}

class Assembly : public testing::Test {
 protected:
  ExecutionProfile assemble(const std::vector<std::string>& events, std::size_t warmup = 0) {
    auto read = read_profile_events(report(events));
    EXPECT_TRUE(read);
    auto profile = assemble_profile(*read, graph_, warmup);
    EXPECT_TRUE(profile) << profile.error().message;
    return profile ? *profile : ExecutionProfile();
  }

  ExecutedGraph graph_;
};

TEST_F(Assembly, RunsThatWarmUpAreLeftOut) {
  const ExecutionProfile profile =
      assemble({run_event(0, 9), node_event("a", "Add", 1, 7), run_event(20, 8), node_event("a", "Add", 22, 5)}, 1);
  ASSERT_EQ(profile.runs.size(), 1U);
  EXPECT_EQ(profile.runs[0].duration, microseconds(8));
  ASSERT_EQ(profile.nodes.at(0).calls.size(), 1U);
  EXPECT_EQ(profile.nodes[0].calls[0].start, microseconds(2));
  EXPECT_EQ(profile.nodes[0].calls[0].duration, microseconds(5));
}

TEST_F(Assembly, WithoutAWholeRunThereIsNoProfile) {
  const auto events = read_profile_events(report({node_event("a", "Add", 1, 7)}));
  ASSERT_TRUE(events);
  EXPECT_EQ(assemble_profile(*events, graph_, 0).error().code, Code::kInternal);
}

TEST_F(Assembly, TimeInsideALoopIsItsBodys) {
  const ExecutionProfile profile =
      assemble({run_event(0, 100), node_event("loop", "Loop", 1, 50), node_event("a", "Add", 5, 10),
                node_event("a", "Add", 20, 10), node_event("b", "Mul", 60, 4)});
  EXPECT_EQ(profile.nodes.at(0).calls.at(0).inside, microseconds(20));
  EXPECT_EQ(profile.nodes.at(1).calls.size(), 2U);
  EXPECT_EQ(profile.nodes.at(2).calls.at(0).inside, microseconds(0));
}

TEST_F(Assembly, NodesGetTheNamesOfTheirValues) {
  graph_.nodes = {graph_node("a", "Conv", {"x", "w"}, {"y"})};
  graph_.nodes[0].texts["activation"] = "Relu";
  graph_.constants["w"] = {"w", DType::kFloat32, Shape({4, 4}), true};
  const ExecutionProfile profile = assemble({run_event(0, 9), node_event("a", "Conv", 1, 7)});
  const ProfiledNode& node = profile.nodes.at(0);
  EXPECT_EQ(node.inputs.at(0).name, "x");
  EXPECT_EQ(node.inputs.at(1).name, "w");
  EXPECT_TRUE(node.inputs.at(1).constant);
  EXPECT_EQ(node.inputs.at(1).dtype, DType::kInt64) << "the profiler saw it run";
  EXPECT_EQ(node.outputs.at(0).name, "y");
  EXPECT_EQ(node.texts.at("activation"), "Relu");
}

TEST_F(Assembly, AWeightThatTheProfilerDoesNotSeeIsDescribedByTheGraph) {
  graph_.nodes = {graph_node("a", "MatMul", {"x", "k", "w"}, {"y"})};
  graph_.constants["w"] = {"w", DType::kFloat32, Shape({4, 4}), true};
  const ExecutionProfile profile = assemble({run_event(0, 9), node_event("a", "MatMul", 1, 7)});
  const ProfiledNode& node = profile.nodes.at(0);
  ASSERT_EQ(node.inputs.size(), 3U);
  EXPECT_EQ(node.inputs[1].dtype, DType::kInt64);
  EXPECT_EQ(node.inputs[2].shape, Shape({4, 4}));
}

TEST_F(Assembly, AWeightThatItSeesBehindOneThatItDoesNotIsRecognizedByItsShape) {
  graph_.nodes = {graph_node("a", "Gemm", {"x", "w", "b"}, {"y"})};
  graph_.constants["w"] = {"w", DType::kFloat32, Shape({4, 4}), true};
  graph_.constants["b"] = {"b", DType::kInt64, Shape(), true};
  const ExecutionProfile profile = assemble({run_event(0, 9), node_event("a", "Gemm", 1, 7)});
  const ProfiledNode& node = profile.nodes.at(0);
  ASSERT_EQ(node.inputs.size(), 3U);
  EXPECT_EQ(node.inputs[0].shape, Shape({1, 3}));
  EXPECT_EQ(node.inputs[1].shape, Shape({4, 4}));
  EXPECT_EQ(node.inputs[2].shape, Shape());
}

TEST_F(Assembly, UnnamedNodesAreFoundByTheirNumbers) {
  graph_.nodes = {graph_node("", "Add", {"p", "q"}, {"first"}), graph_node("", "Add", {"r", "s"}, {"second"})};
  const ExecutionProfile profile =
      assemble({run_event(0, 99), node_event("Add_9", "Add", 1, 7, 9), node_event("Add_4", "Add", 20, 7, 4)});
  EXPECT_EQ(profile.nodes.at(0).outputs.at(0).name, "second");
  EXPECT_EQ(profile.nodes.at(1).outputs.at(0).name, "first");
}

TEST_F(Assembly, ANodeInTheBlockedLayoutStandsForTheValueInItsName) {
  graph_.nodes = {graph_node("relu_out_nchwc", "Conv", {"x", "w"}, {"reorder"})};
  const ExecutionProfile profile = assemble({run_event(0, 9), node_event("relu_out_nchwc", "Conv", 1, 7)});
  EXPECT_THAT(profile.nodes.at(0).stands_for, testing::ElementsAre("relu_out"));
}

TEST_F(Assembly, ANodeThatIsCountedStandsForTheOneItIsNamedAfter) {
  graph_.nodes = {graph_node("/a/Conv_token_17", "QLinearConv", {"x"}, {"y"}),
                  graph_node("b_token_", "Add", {"y"}, {"z"})};
  const ExecutionProfile profile = assemble(
      {run_event(0, 99), node_event("/a/Conv_token_17", "QLinearConv", 1, 7), node_event("b_token_", "Add", 20, 7, 1)});
  EXPECT_THAT(profile.nodes.at(0).stands_for, testing::ElementsAre("/a/Conv"));
  EXPECT_TRUE(profile.nodes.at(1).stands_for.empty());
}

}  // namespace
}  // namespace tandem::onnxruntime
