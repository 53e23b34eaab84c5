// SPDX-License-Identifier: Apache-2.0
// A model of halves, used with floats.
#include "app/models/float_edges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/half.h"
#include "support/fake_engine.h"

namespace tandem::app {
namespace {

using ::testing::ElementsAre;

/// y = x, both float16.
std::unique_ptr<Session> halves() {
  ModelInfo info = fake_vector_model(2);
  info.inputs[0].dtype = DType::kFloat16;
  info.outputs[0].dtype = DType::kFloat16;
  return std::make_unique<FakeSession>(std::move(info), [](std::span<const Tensor> inputs, std::span<Tensor> outputs) {
    outputs[0] = inputs[0].view();
    return Status();
  });
}

TEST(FloatEdges, AModelOfHalvesTakesAndGivesFloats) {
  const auto session = with_float_edges(halves());
  EXPECT_EQ(session->info().inputs[0].dtype, DType::kFloat32);
  EXPECT_EQ(session->info().outputs[0].dtype, DType::kFloat32);
  std::vector<Tensor> inputs;
  inputs.push_back(Tensor::from<float>({1, 2}, std::vector{1.5F, 0.1F}).value());
  const auto outputs = session->run(inputs).value();
  EXPECT_THAT(outputs[0].values<float>(), ElementsAre(1.5F, to_float(to_float16(0.1F))));
}

TEST(FloatEdges, AModelOfFloatsIsLeftAlone) {
  auto session = doubling_session(2);
  const Session* same = session.get();
  EXPECT_EQ(with_float_edges(std::move(session)).get(), same);
}

}  // namespace
}  // namespace tandem::app
