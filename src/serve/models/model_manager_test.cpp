// SPDX-License-Identifier: Apache-2.0
// Facts about ModelManager over stores of fake models.
#include "serve/models/model_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "support/temp_dir.h"
#include "support/text_engine.h"

namespace tandem::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kGood = "classification_mlp_synthetic_20260101";
constexpr const char* kBad = "classification_mlp_synthetic_20260102";

/// A doubling model of width 2 from every file but those that begin with "broken".
Result<std::unique_ptr<Session>> make_model(const std::string& text) {
  if (text.starts_with("broken")) return invalid_argument("the file is no ONNX model");
  return doubling_session(2);
}

class ModelManagerTest : public ::testing::Test {
 protected:
  ModelManagerTest() { engines_.add(std::make_unique<TextEngine>("onnxruntime", make_model)); }

  void write(const std::string& path, const std::string& text) {
    const auto full = folder_.path() / path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << text;
  }
  void open() {
    auto opened = ModelManager::open(folder_.path(), engines_, {});
    ASSERT_TRUE(opened) << opened.error().message;
    manager_ = std::move(*opened);
  }
  Result<InferResponse> ask(const std::string& name, std::vector<float> values) {
    const auto model = manager_->find(name, "");
    if (!model) return fail(model.error());
    InferRequest request;
    request.inputs.push_back(*Tensor::from<float>({static_cast<std::int64_t>(values.size()) / 2, 2}, values));
    std::promise<Result<InferResponse>> answer;
    manager_->infer(*model, std::move(request), [&](Result<InferResponse> got) { answer.set_value(std::move(got)); });
    return answer.get_future().get();
  }

  TempDir folder_;
  EngineRegistry engines_;
  std::unique_ptr<ModelManager> manager_;
};

TEST_F(ModelManagerTest, ServesAModelWithoutAConfig) {
  write(std::string("weights/") + kGood + ".onnx", "good");
  open();
  const auto answer = ask(kGood, {1, 2});
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->outputs[0].values<float>(), ElementsAre(2, 4));
  const auto model = *manager_->find(kGood, "1");
  EXPECT_EQ(model->max_batch_size, 64);
  EXPECT_EQ(model->platform, "onnxruntime_onnx");
  EXPECT_EQ(model->pipeline, nullptr);
}

TEST_F(ModelManagerTest, ABrokenModelLeavesTheOthersServing) {
  write(std::string("weights/") + kGood + ".onnx", "good");
  write(std::string("weights/") + kBad + ".onnx", "broken");
  open();
  EXPECT_TRUE(manager_->ready());
  const auto states = manager_->index();
  ASSERT_EQ(states.size(), 2U);
  EXPECT_EQ(states[0].state, "READY");
  EXPECT_EQ(states[1].state, "UNAVAILABLE");
  EXPECT_THAT(states[1].reason, HasSubstr("the file is no ONNX model"));
  EXPECT_EQ(manager_->find(kBad, "").error().code, Code::kUnavailable);
  EXPECT_TRUE(ask(kGood, {1, 2}));
}

TEST_F(ModelManagerTest, ServesOneModelOfAStoreWhenOnlyThatIsAskedFor) {
  write(std::string("weights/") + kGood + ".onnx", "good");
  write(std::string("weights/") + kBad + ".onnx", "broken");
  ModelManagerOptions options;
  options.names.only = std::string(kGood) + "@1";
  const auto manager = ModelManager::open(folder_.path(), engines_, options);
  ASSERT_TRUE(manager) << manager.error().message;
  ASSERT_EQ((*manager)->index().size(), 1U);
  EXPECT_EQ((*manager)->index()[0].name, kGood);
  EXPECT_EQ((*manager)->index()[0].state, "READY");
}

TEST_F(ModelManagerTest, CannotServeOnlyAModelThatIsNotThere) {
  write(std::string("weights/") + kGood + ".onnx", "good");
  ModelManagerOptions options;
  options.names.only = kBad;
  EXPECT_EQ(ModelManager::open(folder_.path(), engines_, options).error().code, Code::kNotFound);
}

TEST_F(ModelManagerTest, IsNotReadyWhenNoModelCouldBeLoaded) {
  write(std::string("weights/") + kBad + ".onnx", "broken");
  open();
  EXPECT_FALSE(manager_->ready());
}

TEST_F(ModelManagerTest, SaysWhichModelsThereAre) {
  write(std::string("weights/") + kGood + ".onnx", "good");
  open();
  EXPECT_EQ(manager_->find("nope", "").error().message, std::string("there is no model 'nope'; there are: ") + kGood);
  EXPECT_EQ(manager_->find(kGood, "7").error().code, Code::kNotFound);
}

TEST_F(ModelManagerTest, CountsRequests) {
  write(std::string("weights/") + kGood + ".onnx", "good");
  open();
  ASSERT_TRUE(ask(kGood, {1, 2, 3, 4, 5, 6}));
  const auto statistics = manager_->statistics(kGood, "");
  ASSERT_TRUE(statistics);
  ASSERT_EQ(statistics->size(), 1U);
  EXPECT_EQ(statistics->front().inference_count, 3U);
  EXPECT_EQ(statistics->front().execution_count, 1U);
  EXPECT_EQ(statistics->front().success.count, 1U);
  EXPECT_EQ(manager_->statistics("nope", "").error().code, Code::kNotFound);
}

TEST_F(ModelManagerTest, RefusesAfterDraining) {
  write(std::string("weights/") + kGood + ".onnx", "good");
  open();
  manager_->drain();
  EXPECT_FALSE(manager_->ready());
  EXPECT_EQ(ask(kGood, {1, 2}).error().code, Code::kUnavailable);
  EXPECT_EQ(manager_->metrics().front().failures[0], 1U);
}

TEST_F(ModelManagerTest, ServesASingleFile) {
  write("any-name.onnx", "good");
  auto opened = ModelManager::open(folder_.path() / "any-name.onnx", engines_, {});
  ASSERT_TRUE(opened);
  EXPECT_TRUE((*opened)->find("any-name", ""));
}

TEST_F(ModelManagerTest, SaysThatNothingIsThere) {
  const auto opened = ModelManager::open(folder_.path() / "nowhere", engines_, {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kNotFound);
  EXPECT_THAT(opened.error().message, HasSubstr("nowhere"));
}

class PlainFolderTest : public ModelManagerTest {
 protected:
  Status open_as(const std::string& name) {
    ModelManagerOptions options;
    options.names.alone = name;
    auto opened = ModelManager::open(folder_.path(), engines_, options);
    if (!opened) return fail(opened.error());
    manager_ = std::move(*opened);
    return {};
  }
};

TEST_F(PlainFolderTest, IsServedUnderTheNameThatIsGiven) {
  write("model.onnx", "good");
  ASSERT_TRUE(open_as("my-model"));
  EXPECT_TRUE(ask("my-model", {1, 2}));
  EXPECT_EQ((*manager_->find("my-model", ""))->version, "1");
  EXPECT_EQ(manager_->find("model", "").error().code, Code::kNotFound);
}

TEST_F(PlainFolderTest, MayCallItsOnlyModelAsItLikes) {
  write("resnet.onnx", "good");
  write("readme.txt", "of no interest");
  ASSERT_TRUE(open_as("my-model"));
  EXPECT_TRUE(ask("my-model", {1, 2}));
}

TEST_F(PlainFolderTest, TakesTheConfigBesideTheModel) {
  write("model.onnx", "good");
  write("model.yaml", "schema: 1\ntask: vectors\nmax_batch_size: 3\n");
  ASSERT_TRUE(open_as("my-model"));
  EXPECT_EQ((*manager_->find("my-model", ""))->max_batch_size, 3);
}

TEST_F(PlainFolderTest, WithoutAModelOrWithSeveralIsAnError) {
  EXPECT_THAT(open_as("my-model").error().message, HasSubstr("it holds 0 of them"));
  write("a.onnx", "good");
  write("b.onnx", "good");
  EXPECT_THAT(open_as("my-model").error().message, HasSubstr("it holds 2 of them"));
  write("model.onnx", "good");
  EXPECT_TRUE(open_as("my-model"));
}

TEST_F(PlainFolderTest, WithoutANameIsNoStore) {
  write("model.onnx", "good");
  EXPECT_THAT(open_as("").error().message, HasSubstr("is no store"));
}

TEST_F(PlainFolderTest, AStoreKeepsTheNamesOfItsModels) {
  write(std::string("weights/") + kGood + ".onnx", "good");
  ASSERT_TRUE(open_as("my-model"));
  EXPECT_TRUE(manager_->find(kGood, ""));
  EXPECT_FALSE(manager_->find("my-model", ""));
}

TEST_F(PlainFolderTest, AFileIsServedUnderTheNameThatIsGiven) {
  write("model.onnx", "good");
  ModelManagerOptions options;
  options.names.alone = "my-model";
  manager_ = std::move(*ModelManager::open(folder_.path() / "model.onnx", engines_, options));
  EXPECT_TRUE(ask("my-model", {1, 2}));
}

}  // namespace
}  // namespace tandem::serve
