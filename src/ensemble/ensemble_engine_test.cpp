// SPDX-License-Identifier: Apache-2.0
// Facts about ensembles as an engine; the models are doubling_session, so a chain of two gives 4 x.
#include "ensemble/ensemble_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/file.h"
#include "support/fake_engine.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kChain = R"(schema: 1
inputs: [image]
outputs: [once, twice]
steps:
  - {model: net, inputs: {x: image}, outputs: {y: once}}
  - {model: net, inputs: {x: once}, outputs: {y: twice}}
)";

class EnsembleOnDisk : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(write_file_atomic(folder_.path() / "net.onnx", "x"));
    put(kChain);
  }
  void put(std::string_view text) { ASSERT_TRUE(write_file_atomic(file(), std::string(text))); }
  std::filesystem::path file() const { return folder_.path() / "chain.ensemble"; }
  Result<std::unique_ptr<Session>> load() { return ensemble_->load(file(), {}); }

  TempDir folder_;
  FakeEngine fake_{"fake", ".onnx", {}};
  std::unique_ptr<Engine> ensemble_ = make_ensemble_engine({&fake_});
};

constexpr std::array<float, 4> kOnes{1, 1, 1, 1};

TEST_F(EnsembleOnDisk, RunsItsModelsInTurn) {
  const auto session = load();
  ASSERT_TRUE(session) << session.error().message;
  std::vector<Tensor> inputs;
  inputs.push_back(*Tensor::from<float>({1, 4}, kOnes));
  const auto outputs = (*session)->run(inputs);
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_THAT((*outputs)[0].values<float>(), ElementsAre(2, 2, 2, 2));
  EXPECT_THAT((*outputs)[1].values<float>(), ElementsAre(4, 4, 4, 4));
}

TEST_F(EnsembleOnDisk, WritesIntoTheCallersMemory) {
  const auto session = load();
  ASSERT_TRUE(session) << session.error().message;
  std::vector<Tensor> inputs;
  inputs.push_back(*Tensor::from<float>({1, 4}, kOnes));
  std::vector<Tensor> outputs(2);
  outputs[1] = *Tensor::allocate(DType::kFloat32, {1, 4});
  const void* memory = outputs[1].data();
  ASSERT_TRUE((*session)->run(inputs, outputs));
  EXPECT_EQ(outputs[1].data(), memory);
  EXPECT_THAT(outputs[1].values<float>(), ElementsAre(4, 4, 4, 4));
}

TEST_F(EnsembleOnDisk, NamesTheStepThatFailed) {
  const auto session = load();
  ASSERT_TRUE(session) << session.error().message;
  std::vector<Tensor> inputs;
  inputs.push_back(*Tensor::allocate(DType::kFloat32, {1, 3}));
  const auto outputs = (*session)->run(inputs);
  ASSERT_FALSE(outputs);
  EXPECT_THAT(outputs.error().message, HasSubstr("image"));
}

TEST_F(EnsembleOnDisk, SaysWhereItLookedForAModel) {
  put("schema: 1\ninputs: [a]\noutputs: [b]\nsteps:\n  - {model: gone, inputs: {x: a}, outputs: {y: b}}\n");
  const auto session = load();
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::kNotFound);
  EXPECT_THAT(session.error().message, HasSubstr("steps[0]: there is no model 'gone' beside this file"));
}

TEST_F(EnsembleOnDisk, SaysThatAStepsEngineIsNotThere) {
  put("schema: 1\ninputs: [a]\noutputs: [b]\nsteps:\n  - {model: net, engine: other, inputs: {x: a}, outputs: {y: "
      "b}}\n");
  const auto session = load();
  ASSERT_FALSE(session);
  EXPECT_THAT(session.error().message, HasSubstr("there is no engine 'other'"));
}

}  // namespace
}  // namespace tandem
