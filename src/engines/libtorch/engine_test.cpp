// SPDX-License-Identifier: Apache-2.0
// The engine with LibTorch itself, over the networks of tests/conformance/libtorch: what goes in and out, whose memory
// is used, what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "engines/libtorch/libtorch_engine.h"

namespace tandem::libtorch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kNetworks = TANDEM_SOURCE_DIR "/tests/conformance/libtorch/";

class LibTorch : public testing::Test {
 protected:
  void SetUp() override {
    if (const Status available = engine_->available(); !available) GTEST_SKIP() << available.error().message;
  }
  Result<std::unique_ptr<Session>> try_load(const std::string& name, const std::vector<InputHint>& inputs = {}) {
    SessionOptions options;
    options.inputs = inputs;
    options.threads = 1;
    return engine_->load(kNetworks + name + ".pt", options);
  }
  std::unique_ptr<Session> load(const std::string& name, const std::vector<InputHint>& inputs = {}) {
    auto session = try_load(name, inputs);
    if (session) return std::move(*session);
    ADD_FAILURE() << session.error().message;
    return nullptr;
  }
  static std::vector<Tensor> numbers(std::initializer_list<float> values) {
    std::vector<Tensor> tensors;
    tensors.push_back(*Tensor::from<float>({static_cast<std::int64_t>(values.size())}, std::vector<float>(values)));
    return tensors;
  }
  static std::vector<float> floats(const Tensor& tensor) {
    return {tensor.values<float>().begin(), tensor.values<float>().end()};
  }
  static std::vector<std::string> texts(const std::vector<TensorSpec>& specs) {
    std::vector<std::string> texts;
    for (const TensorSpec& spec : specs) texts.push_back(to_string(spec));
    return texts;
  }

  const InputHint row_{"x", DType::kUndefined, {-1}};
  std::unique_ptr<Engine> engine_ = make_libtorch_engine({TANDEM_LIBTORCH_LIBRARY});
};

TEST_F(LibTorch, SaysWhatWasChosen) {
  EXPECT_THAT(load("returns_its_input")->describe(),
              testing::StartsWith("cpu, 1 thread, frozen and optimized, LibTorch "));
}

TEST_F(LibTorch, TakesTypesAndShapesFromTheTrace) {
  const auto session = load("returns_its_input");
  EXPECT_THAT(texts(session->info().inputs), ElementsAre("x: float32[3]"));
  EXPECT_THAT(texts(session->info().outputs), ElementsAre("output_0: float32[3]", "output_1: float32[3]",
                                                          "output_2: float32[2]", "output_3: float32[3]"));
}

TEST_F(LibTorch, LeavesTheCallersInputAsItIs) {
  const auto session = load("writes_to_its_input");
  const auto inputs = numbers({1, 2, 3});
  EXPECT_THAT(floats((*session->run(inputs))[0]), ElementsAre(4, 6, 8));
  EXPECT_THAT(floats(inputs[0]), ElementsAre(1, 2, 3));
}

TEST_F(LibTorch, GivesMemoryThatIsNobodyElses) {
  const auto session = load("returns_its_input");
  const auto inputs = numbers({1, 2, 3});
  for (int run = 0; run < 2; ++run) {
    auto outputs = *session->run(inputs);
    EXPECT_THAT(floats(outputs[0]), ElementsAre(1, 2, 3));
    EXPECT_THAT(floats(outputs[1]), ElementsAre(2, 4, 6));
    EXPECT_THAT(floats(outputs[2]), ElementsAre(4, 6));
    EXPECT_THAT(floats(outputs[3]), ElementsAre(1, 2, 3)) << "the weight was written to";
    for (Tensor& output : outputs) std::ranges::fill(output.mutable_values<float>(), 99.F);
  }
  EXPECT_THAT(floats(inputs[0]), ElementsAre(1, 2, 3));
}

TEST_F(LibTorch, WritesIntoTheCallersMemory) {
  const auto session = load("writes_to_its_input");
  std::vector<float> memory(3, 0);
  std::vector<Tensor> outputs;
  outputs.push_back(*Tensor::borrow(DType::kFloat32, {3}, std::as_writable_bytes(std::span(memory))));
  ASSERT_TRUE(session->run(numbers({1, 2, 3}), outputs));
  EXPECT_THAT(memory, ElementsAre(4, 6, 8));
}

TEST_F(LibTorch, LaysOutResultsRowByRow) {
  const auto session = load("strided", {{"x", DType::kUndefined, {-1, 2, 7, 7}}});
  EXPECT_THAT(texts(session->info().outputs), ElementsAre("output: float32[batch,3,3,3]"));
  std::vector<Tensor> inputs;
  inputs.push_back(*Tensor::from<float>({1, 2, 7, 7}, std::vector<float>(98, 0)));
  const auto outputs = *session->run(inputs);
  const auto values = outputs[0].values<float>();
  EXPECT_NE(values[0], values[1]) << "three channels of bias stand side by side";
  EXPECT_EQ(values[0], values[3]);
}

TEST_F(LibTorch, NamesWhatDictsListsAndNumbersHold) {
  const auto session = load("many_kinds", {{"x", DType::kUndefined, {3}}});
  EXPECT_THAT(texts(session->info().outputs),
              ElementsAre("sum: float32[]", "none: float32[0]", "output_2: bool[3]", "output_3: float16[3]",
                          "output_4: int64[]", "output_5: float32[]", "output_6: bool[]"));
  const auto outputs = *session->run(numbers({1, -2, 4}));
  EXPECT_EQ(outputs[0].values<float>()[0], 3);
  EXPECT_EQ(outputs[1].element_count(), 0U);
  EXPECT_THAT(outputs[2].values<bool>(), ElementsAre(true, false, true));
  EXPECT_EQ(outputs[4].values<std::int64_t>()[0], 3);
  EXPECT_EQ(outputs[5].values<float>()[0], 0.5F);
}

TEST_F(LibTorch, KnowsThatASizeDependsOnValues) {
  const auto session = load("positive", {{"x", DType::kUndefined, {4}}});
  EXPECT_THAT(texts(session->info().outputs), ElementsAre("output: float32[?]"));
  EXPECT_THAT(floats((*session->run(numbers({1, -2, 4, -1})))[0]), ElementsAre(1, 4));
}

TEST_F(LibTorch, AsksForWhatAScriptDoesNotSay) {
  const auto session = try_load("tokens");
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::kInvalidArgument);
  EXPECT_THAT(session.error().message, HasSubstr("--input-shape ids=1x3x224x224"));
}

TEST_F(LibTorch, GivesArgumentsWithDefaultsWhenTheyAreAskedFor) {
  const std::vector<InputHint> hints = {{"ids", DType::kInt64, {1, -1}}, {"mask", DType::kUndefined, {1, -1}}};
  const auto session = load("tokens", hints);
  std::vector<Tensor> inputs;
  inputs.push_back(*Tensor::from<std::int64_t>({1, 2}, std::vector<std::int64_t>{3, 1}));
  inputs.push_back(*Tensor::from<float>({1, 2}, std::vector<float>{1, 0}));
  EXPECT_THAT(floats((*session->run(inputs))[0]), ElementsAre(6, 7, 0, 0));
}

TEST_F(LibTorch, MakesTuplesOfArguments) {
  const auto session =
      load("states", {row_, {"state_0", DType::kUndefined, {-1}}, {"state_1", DType::kUndefined, {-1}}});
  std::vector<Tensor> inputs;
  for (const float value : {1.F, 2.F, 5.F}) inputs.push_back(std::move(numbers({value})[0]));
  EXPECT_THAT(floats((*session->run(inputs))[0]), ElementsAre(-2));
}

TEST_F(LibTorch, RefusesArgumentsThatAreNoTensors) {
  const auto session = try_load("number", {row_});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::kUnimplemented);
  EXPECT_THAT(session.error().message, HasSubstr("'scale' is of type float"));
}

TEST_F(LibTorch, SaysWhatTheNetworkRaised) {
  const auto session = load("few", {row_});
  const auto outputs = session->run(numbers({1, 2, 3}));
  ASSERT_FALSE(outputs);
  EXPECT_THAT(outputs.error().message, HasSubstr("at most two rows, please"));
  EXPECT_THAT(outputs.error().message, testing::Not(HasSubstr("Traceback")));
}

TEST_F(LibTorch, ANetworkThatTakesNoTrialSaysOnWhatItWasTried) {
  const auto session = try_load("few", {{"x", DType::kUndefined, {8}}});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::kInvalidArgument);
  EXPECT_THAT(session.error().message, testing::AllOf(HasSubstr("x float32[8]"), HasSubstr("two rows")));
}

TEST_F(LibTorch, RunsFromManyThreadsAtOnce) {
  const auto session = load("writes_to_its_input");
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const auto value = static_cast<float>(i);
      for (int run = 0; run < 50; ++run) {
        const auto outputs = session->run(numbers({value, value, value}));
        if (!outputs || floats((*outputs)[0]) != std::vector<float>(3, 2 * value + 2)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(LibTorch, RunsTheSameUnoptimized) {
  for (const GraphOptimization level : {GraphOptimization::kNone, GraphOptimization::kBasic}) {
    SessionOptions options;
    options.graph_optimization = level;
    const auto session = engine_->load(std::string(kNetworks) + "returns_its_input.pt", options);
    ASSERT_TRUE(session) << session.error().message;
    EXPECT_THAT(floats((*(*session)->run(numbers({1, 2, 3})))[3]), ElementsAre(1, 2, 3));
  }
}

TEST_F(LibTorch, RefusesWhatItCannotDo) {
  SessionOptions options;
  options.precision = ComputePrecision::kBfloat16;
  const std::string file = std::string(kNetworks) + "writes_to_its_input.pt";
  EXPECT_EQ(engine_->load(file, options).error().code, Code::kFailedPrecondition);
  options = {};
  options.threads = 5000;
  EXPECT_THAT(engine_->load(file, options).error().message, HasSubstr("threads: expected 0"));
  options = {};
  options.gpu.tensorrt = true;
  EXPECT_THAT(engine_->load(file, options).error().message, HasSubstr("only the engine onnxruntime"));
}

TEST_F(LibTorch, SaysWhyThereIsNoGpu) {
  SessionOptions options;
  options.device = Device::kCuda;
  const auto session = engine_->load(std::string(kNetworks) + "writes_to_its_input.pt", options);
  if (session) GTEST_SKIP() << "this LibTorch can use a GPU: " << (*session)->describe();
  EXPECT_EQ(session.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(session.error().message, HasSubstr("Use device cpu or auto"));
}

}  // namespace
}  // namespace tandem::libtorch
