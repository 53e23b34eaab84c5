// SPDX-License-Identifier: Apache-2.0
// Real models under the real profiler.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "engine/profiler.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "support/onnx_bytes.h"
#include "support/temp_dir.h"

namespace tandem::onnxruntime {
namespace {

using namespace onnx_bytes;

class ProfileModel : public testing::Test {
 protected:
  Result<ExecutionProfile> profile(const std::string& model, std::span<const Tensor> inputs) {
    const auto file = folder_.path() / "model.onnx";
    EXPECT_TRUE(write_file_atomic(file, model));
    ProfileOptions options;
    options.warmup_runs = 2;
    options.runs = 5;
    SessionOptions session;
    session.threads = 1;
    return dynamic_cast<Profiler&>(*engine_).profile(file, inputs, session, options);
  }

  static std::vector<Tensor> two_inputs() {
    std::vector<Tensor> inputs;
    for (int i = 0; i < 2; ++i) inputs.push_back(*Tensor::from<float>({1, 4}, std::vector<float>(4, 1.0F)));
    return inputs;
  }

  std::unique_ptr<Engine> engine_ = make_onnxruntime_engine();
  TempDir folder_;
};

TEST_F(ProfileModel, SaysEachNodeOfEachRun) {
  const auto result = profile(add_model(4), two_inputs());
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->runs.size(), 5U);
  ASSERT_EQ(result->nodes.size(), 1U);
  const ProfiledNode& add = result->nodes[0];
  EXPECT_EQ(add.op, "Add");
  EXPECT_EQ(add.kernel, "CPUExecutionProvider");
  EXPECT_EQ(add.calls.size(), 5U);
  ASSERT_EQ(add.inputs.size(), 2U);
  EXPECT_EQ(add.inputs[0].name, "a");
  EXPECT_EQ(add.inputs[0].shape, Shape({1, 4}));
  EXPECT_EQ(add.outputs.at(0).name, "y");
  EXPECT_THAT(result->session, testing::HasSubstr("1 thread"));
}

TEST_F(ProfileModel, NodesLieWithinTheirRuns) {
  const auto result = profile(add_model(4), two_inputs());
  ASSERT_TRUE(result) << result.error().message;
  for (const NodeCall& call : result->nodes.at(0).calls) {
    EXPECT_LE(call.start + call.duration, result->runs.at(call.run).duration + result->resolution);
  }
}

TEST_F(ProfileModel, WeightsAreConstantsWithTheirShape) {
  const std::string text = model({{node("MatMul", {"x", "w"}, {"y"})},
                                  {value("x", DType::kFloat32, {1, 4})},
                                  {value("y", DType::kFloat32, {1, 2})},
                                  {initializer("w", DType::kFloat32, {4, 2}, std::string(32, '\0'))}});
  const auto input = Tensor::from<float>({1, 4}, std::vector<float>(4, 1.0F));
  const auto result = profile(text, std::span(&*input, 1));
  ASSERT_TRUE(result) << result.error().message;
  const ProfiledNode& product = result->nodes.at(0);
  ASSERT_EQ(product.inputs.size(), 2U);
  EXPECT_TRUE(product.inputs[1].constant);
  EXPECT_EQ(product.inputs[1].shape, Shape({4, 2}));
  EXPECT_EQ(product.inputs[1].dtype, DType::kFloat32);
}

TEST_F(ProfileModel, WrongInputsAreRefusedAsInARun) {
  const auto result = profile(add_model(4), {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kInvalidArgument);
}

TEST_F(ProfileModel, WhatIsNoModelIsRefusedWithItsFile) {
  const auto result = profile("PK\x03\x04", {});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, testing::HasSubstr("model.onnx"));
}

}  // namespace
}  // namespace tandem::onnxruntime
