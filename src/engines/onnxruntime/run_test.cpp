// SPDX-License-Identifier: Apache-2.0
// Running: whose memory is used, which types go through, what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "engines/onnxruntime/onnxruntime_engine.h"
#include "support/onnx_bytes.h"

namespace tandem::onnxruntime {
namespace {

using namespace onnx_bytes;
using testing::HasSubstr;

class Run : public testing::Test {
 protected:
  std::unique_ptr<Session> load(const std::string& model) {
    auto session = engine_->load_bytes(as_bytes(model), {});
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  static std::vector<Tensor> pair(std::int64_t rows, float a, float b) {
    std::vector<Tensor> tensors;
    for (const float value : {a, b}) {
      tensors.push_back(*Tensor::from<float>({rows, 2}, std::vector<float>(static_cast<std::size_t>(rows) * 2, value)));
    }
    return tensors;
  }
  static std::string error_of(Session& session, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
    const Status status = session.run(inputs, outputs);
    if (status) return "no error";
    EXPECT_EQ(status.error().code, Code::kInvalidArgument);
    return status.error().message;
  }

  std::unique_ptr<Engine> engine_ = make_onnxruntime_engine();
};

TEST_F(Run, WritesIntoTheCallersMemory) {
  const auto session = load(add_model(2));
  const auto inputs = pair(3, 1, 2);
  std::vector<Tensor> outputs;
  outputs.push_back(*Tensor::allocate(DType::kFloat32, {3, 2}));
  const void* memory = outputs[0].data();
  ASSERT_TRUE(session->run(inputs, outputs));
  EXPECT_EQ(outputs[0].data(), memory);
  EXPECT_THAT(outputs[0].values<float>(), testing::Each(3.0F));
}

TEST_F(Run, AllocatesOutputsThatOutliveSessionAndEngine) {
  auto session = load(add_model(2));
  auto outputs = session->run(pair(3, 1, 2));
  ASSERT_TRUE(outputs);
  session.reset();
  engine_.reset();
  EXPECT_EQ(outputs->at(0).shape(), (Shape{3, 2}));
  EXPECT_THAT(outputs->at(0).values<float>(), testing::Each(3.0F));
}

TEST_F(Run, PassesAnInputThroughIntoTheCallersMemory) {
  const auto session = load(model({{}, {value("x", DType::kFloat32, {2})}, {value("x", DType::kFloat32, {2})}}));
  ASSERT_TRUE(session);
  std::vector<Tensor> inputs, outputs;
  inputs.push_back(*Tensor::from<float>({2}, std::vector<float>{5, 6}));
  outputs.push_back(*Tensor::from<float>({2}, std::vector<float>{0, 0}));
  const Status status = session->run(inputs, outputs);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_THAT(outputs[0].values<float>(), testing::ElementsAre(5, 6));
}

TEST_F(Run, ReturnsAConstantIntoTheCallersMemory) {
  const float weights[] = {7, 8};
  const std::string raw(reinterpret_cast<const char*>(weights), sizeof(weights));
  const auto session =
      load(model({{}, {}, {value("w", DType::kFloat32, {2})}, {initializer("w", DType::kFloat32, {2}, raw)}}));
  ASSERT_TRUE(session);
  std::vector<Tensor> outputs;
  outputs.push_back(*Tensor::from<float>({2}, std::vector<float>{0, 0}));
  const Status status = session->run({}, outputs);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_THAT(outputs[0].values<float>(), testing::ElementsAre(7, 8));
}

TEST_F(Run, BatchOfNothing) {
  const auto outputs = load(add_model(2))->run(pair(0, 1, 2));
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_EQ(outputs->at(0).shape(), (Shape{0, 2}));
}

TEST_F(Run, EveryTypeOfWholeBytesGoesThrough) {
  for (int number = 1; number <= static_cast<int>(DType::kFloat8e5m2fnuz); ++number) {
    const auto dtype = static_cast<DType>(number);
    if (dtype == DType::kString || dtype == DType::kComplex64 || dtype == DType::kComplex128) continue;
    const auto session = load(identity_model(dtype, 19, 9));
    ASSERT_TRUE(session) << dtype_name(dtype);
    std::vector<Tensor> inputs, outputs;
    inputs.push_back(*Tensor::allocate(dtype, {5}));
    outputs.push_back(*Tensor::allocate(dtype, {5}));
    for (std::size_t i = 0; i < inputs[0].byte_size(); ++i)
      inputs[0].mutable_bytes()[i] = std::byte(dtype == DType::kBool ? 1 : i);
    const Status status = session->run(inputs, outputs);
    ASSERT_TRUE(status) << dtype_name(dtype) << ": " << status.error().message;
    EXPECT_TRUE(std::ranges::equal(outputs[0].bytes(), inputs[0].bytes())) << dtype_name(dtype);
  }
}

TEST_F(Run, StringsGoThroughWithNulsAndEmptyOnes) {
  const auto session = load(identity_model(DType::kString));
  const std::vector<std::string> texts = {"", "hello", std::string("a\0b", 3), std::string(1000, 'x')};
  std::vector<Tensor> inputs, outputs;
  inputs.push_back(*Tensor::from_strings({4}, texts));
  const auto allocated = session->run(inputs);
  ASSERT_TRUE(allocated) << allocated.error().message;
  EXPECT_THAT(allocated->at(0).strings(), testing::ElementsAreArray(texts));
  outputs.push_back(*Tensor::allocate(DType::kString, {4}));
  ASSERT_TRUE(session->run(inputs, outputs));
  EXPECT_THAT(outputs[0].strings(), testing::ElementsAreArray(texts));
  outputs[0] = *Tensor::allocate(DType::kString, {3});
  EXPECT_THAT(error_of(*session, inputs, outputs), HasSubstr("'y'"));
}

TEST_F(Run, WrongInputsAreNamed) {
  const auto session = load(add_model(2));
  std::vector<Tensor> outputs(1);
  auto inputs = pair(3, 1, 2);
  EXPECT_EQ(error_of(*session, std::span(inputs).first(1), outputs), "expected 2 inputs (a, b), got 1");
  EXPECT_EQ(error_of(*session, inputs, {}), "expected 1 outputs (y), got 0");
  inputs[1] = *Tensor::allocate(DType::kInt64, {3, 2});
  EXPECT_EQ(error_of(*session, inputs, outputs), "input 'b': expected float32, got int64");
  inputs[1] = *Tensor::allocate(DType::kFloat32, {3, 5});
  EXPECT_EQ(error_of(*session, inputs, outputs), "input 'b': expected shape [batch,2], got [3,5]");
}

TEST_F(Run, WrongMemoryForOutputsIsNamed) {
  const auto session = load(add_model(2));
  const auto inputs = pair(3, 1, 2);
  std::vector<Tensor> outputs;
  outputs.push_back(*Tensor::allocate(DType::kInt32, {3, 2}));
  EXPECT_EQ(error_of(*session, inputs, outputs), "memory for output 'y': expected float32, got int32");
  outputs[0] = *Tensor::allocate(DType::kFloat32, {4, 2});
  EXPECT_THAT(error_of(*session, inputs, outputs), HasSubstr("'y' float32[4,2]"));
  const Tensor owner = *Tensor::allocate(DType::kFloat32, {3, 2});
  outputs[0] = owner.view();
  EXPECT_THAT(error_of(*session, inputs, outputs), HasSubstr("read-only"));
}

TEST_F(Run, ASequenceIsInspectedButNotRun) {
  const auto session = load(model({{node("SequenceConstruct", {"x"}, {"y"})},
                                   {value("x", DType::kFloat32, {1})},
                                   {sequence("y", DType::kFloat32)}}));
  ASSERT_TRUE(session);
  std::vector<Tensor> inputs;
  inputs.push_back(*Tensor::allocate(DType::kFloat32, {1}));
  const auto outputs = session->run(inputs);
  EXPECT_EQ(outputs.error().code, Code::kUnimplemented);
  EXPECT_THAT(outputs.error().message, HasSubstr("output 'y'"));
}

TEST_F(Run, FourThreadsShareOneSession) {
  const auto session = load(add_model(2));
  std::vector<std::thread> threads;
  for (int worker = 0; worker < 4; ++worker) {
    threads.emplace_back([&session, worker] {
      for (int i = 0; i < 200; ++i) {
        const auto outputs = session->run(pair(worker + 1, static_cast<float>(worker), static_cast<float>(i)));
        ASSERT_TRUE(outputs);
        EXPECT_THAT(outputs->at(0).values<float>(), testing::Each(static_cast<float>(worker + i)));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace tandem::onnxruntime
