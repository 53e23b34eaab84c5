// SPDX-License-Identifier: Apache-2.0
// Loading: what is read from a model, what is refused and in which words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/gpus.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "support/onnx_bytes.h"
#include "support/temp_dir.h"

namespace tandem::onnxruntime {
namespace {

using onnx_bytes::as_bytes;
using testing::HasSubstr;

class Load : public testing::Test {
 protected:
  Error error_of(const std::string& model, const SessionOptions& options = {}) {
    const auto session = engine_->load_bytes(as_bytes(model), options);
    return session ? Error{} : session.error();
  }

  std::unique_ptr<Engine> engine_ = make_onnxruntime_engine();
  TempDir folder_;
};

TEST_F(Load, TheEngineIsThere) {
  ASSERT_TRUE(engine_->available()) << engine_->available().error().message;
  EXPECT_THAT(engine_->version(), testing::StartsWith("1."));
  ASSERT_FALSE(engine_->devices().empty());
  EXPECT_EQ(engine_->devices()[0].device, Device::kCpu);
  EXPECT_TRUE(engine_->supports(".onnx"));
  EXPECT_FALSE(engine_->supports(".pt"));
}

TEST_F(Load, ReadsEverythingTheModelSays) {
  const auto session = engine_->load_bytes(as_bytes(onnx_bytes::add_model(4)), {});
  ASSERT_TRUE(session) << session.error().message;
  const ModelInfo& info = (*session)->info();
  ASSERT_EQ(info.inputs.size(), 2U);
  EXPECT_EQ(to_string(info.inputs[1]), "b: float32[batch,4]");
  EXPECT_EQ(to_string(info.outputs.at(0)), "y: float32[batch,4]");
  EXPECT_EQ(info.graph_name, "tiny");
  EXPECT_EQ(info.producer, "tandem-test");
  EXPECT_EQ(info.domain, "org.example");
  EXPECT_EQ(info.description, "for tests");
  EXPECT_EQ(info.version, 7);
  EXPECT_EQ(info.metadata, (std::map<std::string, std::string>{{"task", "testing"}}));
}

TEST_F(Load, AScalarIsNoUnknownRank) {
  using namespace onnx_bytes;
  const auto text = model({{node("Identity", {"x"}, {"y"}), node("Identity", {"u"}, {"v"})},
                           {value("x", DType::kFloat32, {}), value_of_any_shape("u", DType::kFloat32)},
                           {value("y", DType::kFloat32, {}), value_of_any_shape("v", DType::kFloat32)}});
  const auto session = engine_->load_bytes(as_bytes(text), {});
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_FALSE((*session)->info().inputs[0].shape.unknown_rank);
  EXPECT_TRUE((*session)->info().inputs[1].shape.unknown_rank);
}

TEST_F(Load, AnInputWithADefaultIsNoInput) {
  using namespace onnx_bytes;
  const auto text = model({{node("Add", {"x", "w"}, {"y"})},
                           {value("x", DType::kFloat32, {1}), value("w", DType::kFloat32, {1})},
                           {value("y", DType::kFloat32, {1})},
                           {initializer("w", DType::kFloat32, {1}, std::string(4, 0))}});
  const auto session = engine_->load_bytes(as_bytes(text), {});
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ((*session)->info().inputs.size(), 1U);
}

TEST_F(Load, AMissingFileIsNotFound) {
  const auto session = engine_->load(folder_.path() / "none.onnx", {});
  EXPECT_EQ(session.error().code, Code::kNotFound);
  EXPECT_THAT(session.error().message, HasSubstr("none.onnx"));
}

TEST_F(Load, AFolderIsNoModel) { EXPECT_EQ(engine_->load(folder_.path(), {}).error().code, Code::kInvalidArgument); }

TEST_F(Load, AWrongFileIsNamedWithTheReason) {
  const auto path = folder_.path() / "wrong.onnx";
  for (const std::string& content : {std::string(), std::string("PK\x03\x04") + "zip", std::string("hello")}) {
    ASSERT_TRUE(write_file_atomic(path, content));
    const auto session = engine_->load(path, {});
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, Code::kInvalidArgument);
    EXPECT_THAT(session.error().message, HasSubstr("wrong.onnx"));
  }
}

TEST_F(Load, EveryCutOffModelIsRefusedOrLoads) {
  const std::string whole = onnx_bytes::add_model(4);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto session = engine_->load_bytes(as_bytes(whole).first(size), {});
    EXPECT_TRUE(session || session.error().code == Code::kInvalidArgument) << size;
  }
}

TEST_F(Load, AnUnknownOperatorIsNamed) {
  using namespace onnx_bytes;
  const auto error = error_of(model(
      {{node("Frobnicate", {"x"}, {"y"})}, {value("x", DType::kFloat32, {1})}, {value("y", DType::kFloat32, {1})}}));
  EXPECT_EQ(error.code, Code::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("Frobnicate"));
}

TEST_F(Load, WeightsBesideTheFileAreFound) {
  using namespace onnx_bytes;
  const std::string weight = integer(1, 1) + integer(2, 1) + bytes(8, "w") +
                             bytes(13, bytes(1, "location") + bytes(2, "w.bin")) + integer(14, 1);
  const auto text = model({{node("Add", {"x", "w"}, {"y"})},
                           {value("x", DType::kFloat32, {1})},
                           {value("y", DType::kFloat32, {1})},
                           {weight}});
  const float three = 3;
  ASSERT_TRUE(write_file_atomic(folder_.path() / "w.bin", {reinterpret_cast<const char*>(&three), 4}));
  ASSERT_TRUE(write_file_atomic(folder_.path() / "m.onnx", text));
  SessionOptions options;
  options.optimized_model_cache = folder_.path() / "cache";
  const auto session = engine_->load(folder_.path() / "m.onnx", options);
  ASSERT_TRUE(session) << session.error().message;
  std::vector<Tensor> inputs;
  inputs.push_back(*Tensor::from<float>({1}, std::vector<float>{1}));
  EXPECT_EQ((*(*session)->run(inputs))[0].values<float>()[0], 4);
  EXPECT_FALSE(std::filesystem::exists(options.optimized_model_cache));
}

TEST_F(Load, CudaWithoutAGpuSaysWhatIsMissing) {
  if (!usable_gpus().empty()) GTEST_SKIP() << "this machine has a GPU";
  SessionOptions options;
  options.device = Device::kCuda;
  const auto error = error_of(onnx_bytes::add_model(4), options);
  EXPECT_EQ(error.code, Code::kFailedPrecondition);
  EXPECT_THAT(error.message, HasSubstr("Use device cpu or auto"));
}

TEST_F(Load, TensorRtWithoutAGpuSaysWhatIsMissing) {
  if (!usable_gpus().empty()) GTEST_SKIP() << "this machine has a GPU";
  SessionOptions options;
  options.device = Device::kCuda;
  options.gpu.tensorrt = true;
  options.precision = ComputePrecision::kFloat16;
  const auto error = error_of(onnx_bytes::add_model(4), options);
  EXPECT_EQ(error.code, Code::kFailedPrecondition);
  EXPECT_THAT(error.message, HasSubstr("device tensorrt cannot be used"));
}

TEST_F(Load, AGpuComputesTheSame) {
  SessionOptions options;
  options.device = Device::kCuda;
  options.gpu.arena = GpuArena::kAsRequested;
  options.gpu.memory_limit_mb = 1024;
  options.gpu.cudnn_search = CudnnSearch::kHeuristic;
  const auto session = engine_->load_bytes(as_bytes(onnx_bytes::add_model(2)), options);
  if (!session && session.error().code == Code::kFailedPrecondition) GTEST_SKIP() << session.error().message;
  ASSERT_TRUE(session) << session.error().message;
  std::vector<Tensor> inputs;
  for (const float value : {1.F, 2.F}) inputs.push_back(*Tensor::from<float>({1, 2}, std::vector<float>{value, value}));
  EXPECT_EQ((*(*session)->run(inputs))[0].values<float>()[0], 3);
}

TEST_F(Load, AutoFallsBackToTheCpu) {
  SessionOptions options;
  options.threads = 1;
  options.graph_optimization = GraphOptimization::kBasic;
  const auto session = engine_->load_bytes(as_bytes(onnx_bytes::add_model(4)), options);
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->describe(), "cpu, 1 thread, graph optimization basic");
}

TEST_F(Load, ImpossibleOptionsAreRefused) {
  SessionOptions options;
  options.threads = -1;
  EXPECT_THAT(error_of(onnx_bytes::add_model(4), options).message, HasSubstr("threads: expected 0"));
  options.threads = 1;
  options.device_id = -2;
  EXPECT_THAT(error_of(onnx_bytes::add_model(4), options).message, HasSubstr("device_id"));
}

}  // namespace
}  // namespace tandem::onnxruntime
