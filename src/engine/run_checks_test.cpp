// SPDX-License-Identifier: Apache-2.0
// Each mistake in a call of a model has its sentence.
#include "engine/run_checks.h"

#include <gtest/gtest.h>

#include "support/fake_engine.h"

namespace tandem {
namespace {

std::vector<Tensor> one(DType dtype, Shape shape) {
  std::vector<Tensor> tensors;
  tensors.push_back(Tensor::allocate(dtype, std::move(shape)).value());
  return tensors;
}

std::string complaint(std::span<const Tensor> inputs, std::span<const Tensor> outputs) {
  const Status checked = check_run(fake_vector_model(4), inputs, outputs);
  return checked ? "" : checked.error().message;
}

TEST(RunChecks, TakeWhatFits) {
  EXPECT_EQ(complaint(one(DType::kFloat32, {2, 4}), std::vector<Tensor>(1)), "");
  EXPECT_EQ(complaint(one(DType::kFloat32, {2, 4}), one(DType::kFloat32, {2, 4})), "");
}

TEST(RunChecks, CountTensors) {
  EXPECT_EQ(complaint({}, std::vector<Tensor>(1)), "expected 1 inputs (x), got 0");
  EXPECT_EQ(complaint(one(DType::kFloat32, {2, 4}), {}), "expected 1 outputs (y), got 0");
}

TEST(RunChecks, NameTheInput) {
  EXPECT_EQ(complaint(one(DType::kInt64, {2, 4}), std::vector<Tensor>(1)), "input 'x': expected float32, got int64");
}

TEST(RunChecks, LetAnOptionalInputBeLeftOut) {
  ModelInfo info = fake_vector_model(4);
  EXPECT_FALSE(check_run(info, std::vector<Tensor>(1), std::vector<Tensor>(1)));
  info.inputs[0].optional = true;
  EXPECT_TRUE(check_run(info, std::vector<Tensor>(1), std::vector<Tensor>(1)));
}

TEST(RunChecks, NameTheOutputWhoseMemoryDoesNotFit) {
  EXPECT_EQ(complaint(one(DType::kFloat32, {2, 4}), one(DType::kFloat32, {2, 5})),
            "memory for output 'y': expected shape [batch,4], got [2,5]");
}

TEST(RunChecks, RefuseToWriteIntoReadOnlyMemory) {
  const std::vector<Tensor> owner = one(DType::kFloat32, {1, 4});
  std::vector<Tensor> outputs;
  outputs.push_back(owner[0].view());
  EXPECT_EQ(complaint(owner, outputs), "memory for output 'y': is read-only");
}

}  // namespace
}  // namespace tandem
