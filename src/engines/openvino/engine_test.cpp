// SPDX-License-Identifier: Apache-2.0
// The engine with OpenVINO itself: loading, whose memory is used, which types go through, what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/file.h"
#include "engines/openvino/openvino_engine.h"
#include "support/onnx_bytes.h"
#include "support/temp_dir.h"

namespace tandem::openvino {
namespace {

using namespace onnx_bytes;
using testing::HasSubstr;

class OpenVino : public testing::Test {
 protected:
  void SetUp() override {
    if (const Status available = engine_->available(); !available) GTEST_SKIP() << available.error().message;
  }
  std::unique_ptr<Session> load(const std::string& model, const SessionOptions& options = {}) {
    auto session = engine_->load_bytes(as_bytes(model), options);
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
    EXPECT_EQ(status.error().code, Code::kInvalidArgument) << status.error().message;
    return status.error().message;
  }
  /// y = a + b of the shape [3, 2]
  static std::string fixed_add_model() {
    return model({{node("Add", {"a", "b"}, {"y"})},
                  {value("a", DType::kFloat32, {3, 2}), value("b", DType::kFloat32, {3, 2})},
                  {value("y", DType::kFloat32, {3, 2})}});
  }

  std::unique_ptr<Engine> engine_ = make_openvino_engine({TANDEM_OPENVINO_LIBRARY});
};

TEST_F(OpenVino, SaysWhatTheFileSays) {
  const auto session = load(add_model(2));
  const ModelInfo& info = session->info();
  EXPECT_EQ(to_string(info.inputs.at(1)), "b: float32[batch,2]");
  EXPECT_EQ(to_string(info.outputs.at(0)), "y: float32[batch,2]");
  EXPECT_EQ(info.graph_name, "tiny");
  EXPECT_EQ(info.metadata.at("task"), "testing");
}

TEST_F(OpenVino, SaysWhatWasChosen) {
  SessionOptions options;
  options.threads = 1;
  options.instances = 2;
  const auto session = load(add_model(2), options);
  EXPECT_THAT(session->describe(), testing::StartsWith("cpu, 1 thread, 2 streams, float32, OpenVINO "));
  EXPECT_EQ(session->cores(), 1);
}

TEST_F(OpenVino, FindsWeightsBesideTheFile) {
  const TempDir dir;
  const float weights[] = {7, 8};
  const std::string raw(reinterpret_cast<const char*>(weights), sizeof(weights));
  ASSERT_TRUE(write_file_atomic(dir.path() / "w.bin", raw));
  // TensorProto {13: external_data {1: key, 2: value}, 14: data_location EXTERNAL}
  const std::string external = integer(1, 2) + integer(2, 1) + bytes(8, "w") +
                               bytes(13, bytes(1, "location") + bytes(2, "w.bin")) + integer(14, 1);
  const std::string file = model({{node("Add", {"x", "w"}, {"y"})},
                                  {value("x", DType::kFloat32, {2})},
                                  {value("y", DType::kFloat32, {2})},
                                  {external}});
  ASSERT_TRUE(write_file_atomic(dir.path() / "model.onnx", file));
  const auto session = engine_->load(dir.path() / "model.onnx", {});
  ASSERT_TRUE(session) << session.error().message;
  std::vector<Tensor> inputs;
  inputs.push_back(*Tensor::from<float>({2}, std::vector<float>{1, 1}));
  EXPECT_THAT((*session)->run(inputs)->at(0).values<float>(), testing::ElementsAre(8, 9));
  EXPECT_THAT(engine_->load_bytes(as_bytes(file), {}).error().message, HasSubstr("load its file"));
}

TEST_F(OpenVino, WhatIsNoModelIsSaidByFile) {
  const TempDir dir;
  EXPECT_EQ(engine_->load(dir.path() / "none.onnx", {}).error().code, Code::kNotFound);
  EXPECT_EQ(engine_->load(dir.path(), {}).error().code, Code::kInvalidArgument);
  ASSERT_TRUE(write_file_atomic(dir.path() / "bad.onnx", "\x0a\x08 no model"));
  const auto refused = engine_->load(dir.path() / "bad.onnx", {});
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  EXPECT_THAT(refused.error().message, HasSubstr("bad.onnx"));
}

TEST_F(OpenVino, AnOperatorThatItDoesNotKnowIsNamed) {
  const std::string file = model(
      {{node("NoSuchOperator", {"x"}, {"y"})}, {value("x", DType::kFloat32, {2})}, {value("y", DType::kFloat32, {2})}});
  const auto refused = engine_->load_bytes(as_bytes(file), {});
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  EXPECT_THAT(refused.error().message, HasSubstr("NoSuchOperator"));
}

TEST_F(OpenVino, WritesIntoTheCallersMemory) {
  for (const std::string& file : {add_model(2), fixed_add_model()}) {
    const auto session = load(file);
    const auto inputs = pair(3, 1, 2);
    std::vector<Tensor> outputs;
    outputs.push_back(*Tensor::allocate(DType::kFloat32, {3, 2}));
    const void* memory = outputs[0].data();
    const Status status = session->run(inputs, outputs);
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_EQ(outputs[0].data(), memory);
    EXPECT_THAT(outputs[0].values<float>(), testing::Each(3.0F));
  }
}

TEST_F(OpenVino, OutputsOfOneRunAreNotTouchedByTheNext) {
  for (const std::string& file : {add_model(2), fixed_add_model()}) {
    auto session = load(file);
    const auto first = session->run(pair(3, 1, 2));
    const auto second = session->run(pair(3, 5, 5));
    session.reset();
    ASSERT_TRUE(first && second);
    EXPECT_THAT(first->at(0).values<float>(), testing::Each(3.0F));
    EXPECT_THAT(second->at(0).values<float>(), testing::Each(10.0F));
  }
}

TEST_F(OpenVino, EveryRunMayHaveAnotherShape) {
  const auto session = load(add_model(2));
  for (const std::int64_t rows : {4, 1, 0, 100, 2}) {
    const auto outputs = session->run(pair(rows, 1, 2));
    ASSERT_TRUE(outputs) << rows << ": " << outputs.error().message;
    EXPECT_EQ(outputs->at(0).shape(), (Shape{rows, 2}));
    EXPECT_THAT(outputs->at(0).values<float>(), testing::Each(3.0F));
  }
}

TEST_F(OpenVino, PassesAnInputThrough) {
  const auto session = load(model({{}, {value("x", DType::kFloat32, {2})}, {value("x", DType::kFloat32, {2})}}));
  ASSERT_TRUE(session);
  std::vector<Tensor> inputs, outputs;
  inputs.push_back(*Tensor::from<float>({2}, std::vector<float>{5, 6}));
  outputs.push_back(*Tensor::from<float>({2}, std::vector<float>{0, 0}));
  const Status status = session->run(inputs, outputs);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_THAT(outputs[0].values<float>(), testing::ElementsAre(5, 6));
  const auto allocated = session->run(inputs);
  EXPECT_NE(allocated->at(0).data(), inputs[0].data());
}

TEST_F(OpenVino, EveryTypeGoesThrough) {
  for (const DType dtype :
       {DType::kFloat32, DType::kUint8, DType::kInt8, DType::kUint16, DType::kInt16, DType::kInt32, DType::kInt64,
        DType::kBool, DType::kFloat16, DType::kFloat64, DType::kUint32, DType::kUint64, DType::kBfloat16}) {
    const auto session = load(identity_model(dtype, 19, 9));
    ASSERT_TRUE(session) << dtype_name(dtype);
    std::vector<Tensor> inputs, outputs;
    inputs.push_back(*Tensor::allocate(dtype, {5}));
    outputs.push_back(*Tensor::allocate(dtype, {5}));
    for (std::size_t i = 0; i < inputs[0].byte_size(); ++i)
      inputs[0].mutable_bytes()[i] = std::byte(dtype == DType::kBool ? 1 : i % 8 < 4 ? i : 0);
    const Status status = session->run(inputs, outputs);
    ASSERT_TRUE(status) << dtype_name(dtype) << ": " << status.error().message;
    EXPECT_TRUE(std::ranges::equal(outputs[0].bytes(), inputs[0].bytes())) << dtype_name(dtype);
  }
}

TEST_F(OpenVino, ReturnsAConstant) {
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

TEST_F(OpenVino, AnOperatorThatDoesNothingLeavesTheInputsName) {
  for (const char* name : {"Sum", "Dropout"}) {
    const auto session = load(
        model({{node(name, {"x"}, {"y"})}, {value("x", DType::kFloat32, {2})}, {value("y", DType::kFloat32, {2})}}));
    ASSERT_TRUE(session);
    std::vector<Tensor> inputs, outputs;
    inputs.push_back(*Tensor::from<float>({2}, std::vector<float>{5, 6}));
    outputs.push_back(*Tensor::from<float>({2}, std::vector<float>{0, 0}));
    ASSERT_TRUE(session->run(inputs, outputs)) << name;
    EXPECT_EQ(session->info().inputs.at(0).name, "x");
    EXPECT_THAT(outputs[0].values<float>(), testing::ElementsAre(5, 6)) << name;
  }
}

TEST_F(OpenVino, OneValueMayBeTwoOutputs) {
  const std::vector<Dimension> shape = {std::string("n")};
  const auto session = load(model({{node("Relu", {"x"}, {"y"}), node("Identity", {"y"}, {"z"})},
                                   {value("x", DType::kFloat32, shape)},
                                   {value("y", DType::kFloat32, shape), value("z", DType::kFloat32, shape)}}));
  ASSERT_TRUE(session);
  std::vector<Tensor> inputs, outputs;
  inputs.push_back(*Tensor::from<float>({2}, std::vector<float>{-1, 3}));
  for (int i = 0; i < 2; ++i) outputs.push_back(*Tensor::from<float>({2}, std::vector<float>{9, 9}));
  ASSERT_TRUE(session->run(inputs, outputs));
  EXPECT_THAT(outputs[0].values<float>(), testing::ElementsAre(0, 3));
  EXPECT_THAT(outputs[1].values<float>(), testing::ElementsAre(0, 3));
}

TEST_F(OpenVino, AnInputThatDecidesNothingIsTakenAndIgnored) {
  const auto session = load(model({{node("CastLike", {"x", "like"}, {"y"})},
                                   {value("x", DType::kFloat32, {2}), value("like", DType::kInt32, {1})},
                                   {value("y", DType::kInt32, {2})}}));
  ASSERT_TRUE(session);
  ASSERT_EQ(session->info().inputs.size(), 2U);
  std::vector<Tensor> inputs;
  inputs.push_back(*Tensor::from<float>({2}, std::vector<float>{1.5F, 3}));
  inputs.push_back(*Tensor::from<std::int32_t>({1}, std::vector<std::int32_t>{7}));
  const auto outputs = session->run(inputs);
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_THAT(outputs->at(0).values<std::int32_t>(), testing::ElementsAre(1, 3));
}

TEST_F(OpenVino, IntegersOfMoreThan32BitsAreRefusedInsteadOfCut) {
  const auto session = load(identity_model(DType::kInt64));
  std::vector<Tensor> inputs, outputs(1);
  inputs.push_back(*Tensor::from<std::int64_t>({1}, std::vector<std::int64_t>{5'000'000'000}));
  EXPECT_THAT(error_of(*session, inputs, outputs), HasSubstr("5000000000"));
}

TEST_F(OpenVino, WrongInputsAreNamed) {
  const auto session = load(add_model(2));
  std::vector<Tensor> outputs(1);
  auto inputs = pair(3, 1, 2);
  EXPECT_EQ(error_of(*session, std::span(inputs).first(1), outputs), "expected 2 inputs (a, b), got 1");
  inputs[1] = *Tensor::allocate(DType::kInt64, {3, 2});
  EXPECT_EQ(error_of(*session, inputs, outputs), "input 'b': expected float32, got int64");
  inputs[1] = *Tensor::allocate(DType::kFloat32, {3, 5});
  EXPECT_EQ(error_of(*session, inputs, outputs), "input 'b': expected shape [batch,2], got [3,5]");
}

TEST_F(OpenVino, ShapesThatAnOperatorRefusesAreTheCallersMistake) {
  const std::vector<Dimension> left = {std::string("n"), std::string("k")};
  const std::vector<Dimension> right = {std::string("l"), std::string("m")};
  const auto session = load(model({{node("MatMul", {"a", "b"}, {"y"})},
                                   {value("a", DType::kFloat32, left), value("b", DType::kFloat32, right)},
                                   {value_of_any_shape("y", DType::kFloat32)}}));
  ASSERT_TRUE(session);
  std::vector<Tensor> inputs, outputs(1);
  inputs.push_back(*Tensor::allocate(DType::kFloat32, {2, 3}));
  inputs.push_back(*Tensor::allocate(DType::kFloat32, {4, 5}));
  EXPECT_THAT(error_of(*session, inputs, outputs), HasSubstr("do not fit the model"));
}

TEST_F(OpenVino, WrongMemoryForOutputsIsNamed) {
  const auto session = load(add_model(2));
  const auto inputs = pair(3, 1, 2);
  std::vector<Tensor> outputs;
  outputs.push_back(*Tensor::allocate(DType::kFloat32, {4, 2}));
  EXPECT_THAT(error_of(*session, inputs, outputs), HasSubstr("'y'"));
  outputs[0] = *Tensor::allocate(DType::kFloat32, {1, 2});
  EXPECT_THAT(error_of(*session, inputs, outputs), HasSubstr("'y' float32[1,2]"));
  outputs[0] = *Tensor::allocate(DType::kFloat32, {3, 2});
  ASSERT_TRUE(session->run(inputs, outputs));
  EXPECT_THAT(outputs[0].values<float>(), testing::Each(3.0F));
}

TEST_F(OpenVino, FourThreadsShareOneSession) {
  SessionOptions options;
  options.threads = 1;
  options.instances = 2;
  const auto session = load(add_model(2), options);
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

TEST_F(OpenVino, ACompiledModelComesFromTheCacheTheSecondTime) {
  const TempDir dir;
  SessionOptions options;
  options.optimized_model_cache = dir.path() / "cache";
  EXPECT_THAT(load(add_model(2), options)->describe(), testing::Not(HasSubstr("from the cache")));
  const auto again = load(add_model(2), options);
  EXPECT_THAT(again->describe(), HasSubstr("from the cache"));
  EXPECT_EQ(again->info().inputs.at(0).name, "a");
  EXPECT_THAT(again->run(pair(3, 1, 2))->at(0).values<float>(), testing::Each(3.0F));
  EXPECT_THAT(load(add_model(3), options)->describe(), testing::Not(HasSubstr("from the cache")));
}

TEST_F(OpenVino, ADamagedCacheIsMadeAgain) {
  const TempDir dir;
  SessionOptions options;
  options.optimized_model_cache = dir.path() / "cache";
  load(add_model(2), options);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
    if (entry.is_regular_file()) std::filesystem::resize_file(entry.path(), entry.file_size() / 2);
  }
  const auto session = load(add_model(2), options);
  ASSERT_TRUE(session);
  EXPECT_THAT(session->run(pair(3, 1, 2))->at(0).values<float>(), testing::Each(3.0F));
}

TEST_F(OpenVino, ACacheThatCannotBeWrittenCostsOnlyTime) {
  const TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "file", ""));
  SessionOptions options;
  options.optimized_model_cache = dir.path() / "file";
  EXPECT_TRUE(load(add_model(2), options)->run(pair(3, 1, 2)));
}

}  // namespace
}  // namespace tandem::openvino
