// SPDX-License-Identifier: Apache-2.0
// Facts about models that come and go under ModelManager, over stores of fake models.
#include "serve/models/life_cycle.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <sstream>
#include <thread>

#include "base/bytes.h"
#include "formats/golden_vector.h"
#include "serve/models/model_manager.h"
#include "support/text_engine.h"
#include "support/writable_store.h"

namespace tandem::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kName = "classification_mlp_synthetic_20260101";

class LifeCycleTest : public ::testing::Test {
 protected:
  LifeCycleTest() {
    engines_.add(std::make_unique<TextEngine>("onnxruntime", [this](const std::string& text) { return make(text); }));
  }

  /// A model whose file holds a number multiplies by it, and is made of the models whose names follow; every other file
  /// is broken.
  Result<std::unique_ptr<Session>> make(const std::string& text) {
    policy_at_load_ = ::sched_getscheduler(0);
    std::istringstream words(text);
    float factor = 0;
    if (!(words >> factor)) return invalid_argument("the file is no ONNX model");
    std::vector<std::string> parts;
    for (std::string part; words >> part;) parts.push_back(part);
    return scaling_session(2, factor, std::move(parts));
  }

  void open(ModelManagerOptions options = {}) {
    auto opened = ModelManager::open(store_.folder(), engines_, options);
    ASSERT_TRUE(opened) << opened.error().message;
    manager_ = std::move(*opened);
  }
  void open_explicit(std::vector<std::string> names = {"*"}) {
    ModelManagerOptions options;
    options.explicit_control = true;
    options.load_names = std::move(names);
    open(options);
  }

  /// What the model makes of 1; 0 when it does not answer.
  float ask(const std::string& version = "") const {
    const auto model = manager_->find(kName, version);
    return model ? ask(*model) : 0;
  }
  float ask(const std::shared_ptr<const ServedModel>& model) const {
    InferRequest request;
    request.inputs.push_back(*Tensor::from<float>({1, 2}, std::vector<float>{1, 1}));
    std::promise<float> answer;
    manager_->infer(model, std::move(request), [&](const Result<InferResponse>& got) {
      answer.set_value(got ? got->outputs[0].values<float>()[0] : 0);
    });
    return answer.get_future().get();
  }

  Status load(LoadParameters parameters = {}) {
    return wait([&](ModelControl::Done done) { manager_->control().load(kName, std::move(parameters), done); });
  }
  Status unload() {
    return wait([&](ModelControl::Done done) { manager_->control().unload(kName, false, done); });
  }
  void look(int times) {
    for (; times > 0; --times) {
      const Status looked = wait([&](ModelControl::Done done) { manager_->life_cycle().look([done] { done({}); }); });
      EXPECT_TRUE(looked);
    }
  }
  static Status wait(const std::function<void(ModelControl::Done)>& start) {
    auto done = std::make_shared<std::promise<Status>>();
    start([done](Status status) { done->set_value(std::move(status)); });
    return done->get_future().get();
  }

  /// "1 READY", ... without those on their way out.
  std::vector<std::string> states() const {
    std::vector<std::string> states;
    for (const ModelState& state : manager_->index()) {
      if (state.state != "UNLOADING") states.push_back(state.version + " " + state.state);
    }
    return states;
  }
  std::string reason(const std::string& version) const {
    for (const ModelState& state : manager_->index()) {
      if (state.version == version) return state.reason;
    }
    return "no such row";
  }
  void put_golden(const std::string& file, float wanted) {
    GoldenVector golden;
    golden.inputs.push_back({"x", *Tensor::from<float>({1, 2}, std::vector<float>{1, 1})});
    golden.outputs.push_back({"y", *Tensor::from<float>({1, 2}, std::vector<float>{wanted, wanted})});
    const auto bytes = *write_golden(golden);
    std::filesystem::create_directories(store_.folder() / "golden");
    store_.put("golden/" + file, as_text(bytes));
  }
  void put_rollout(const std::string& keys) {
    std::filesystem::create_directories(store_.folder() / "rollouts");
    store_.put(std::string("rollouts/") + kName + ".yaml", "schema: 1\n" + keys);
  }

  std::atomic<int> policy_at_load_{-1};
  WritableStore store_;
  EngineRegistry engines_;
  std::unique_ptr<ModelManager> manager_;
};

TEST_F(LifeCycleTest, ServesTheNewestVersion) {
  ASSERT_TRUE(store_.add(kName, "2"));
  ASSERT_TRUE(store_.add(kName, "3"));
  open();
  EXPECT_EQ(ask(), 3);
  EXPECT_EQ(manager_->find(kName, "1").error().code, Code::kNotFound);
  EXPECT_THAT(states(), ElementsAre("2 READY"));
}

TEST_F(LifeCycleTest, ServesTheVersionsAndAliasesOfTheRollout) {
  ASSERT_TRUE(store_.add(kName, "2"));
  ASSERT_TRUE(store_.add(kName, "3"));
  put_rollout("aliases: {stable: 1}");
  open();
  EXPECT_EQ(ask(), 3);
  EXPECT_EQ(ask("1"), 2);
  EXPECT_EQ(ask("stable"), 2);
  EXPECT_EQ(manager_->statistics(kName, "stable")->front().version, "1");
}

TEST_F(LifeCycleTest, SharesRequestsOutByWeight) {
  ASSERT_TRUE(store_.add(kName, "2"));
  ASSERT_TRUE(store_.add(kName, "3"));
  put_rollout("weights: {1: 3, 2: 1}");
  open();
  int canary = 0;
  for (int i = 0; i < 100; ++i) canary += ask() == 3 ? 1 : 0;
  EXPECT_NEAR(canary, 25, 2);
}

TEST_F(LifeCycleTest, TheWatchTakesOverANewVersionThatHasSettled) {
  ASSERT_TRUE(store_.add(kName, "2"));
  open();
  look(1);
  ASSERT_TRUE(store_.add(kName, "3"));
  look(1);
  EXPECT_EQ(ask(), 2) << "it may still be being copied";
  look(1);
  EXPECT_EQ(ask(), 3);
}

TEST_F(LifeCycleTest, ABadVersionLeavesTheGoodOneServing) {
  ASSERT_TRUE(store_.add(kName, "2"));
  open();
  ASSERT_TRUE(store_.add(kName, "broken"));
  look(2);
  EXPECT_EQ(ask(), 2);
  EXPECT_TRUE(manager_->ready());
  EXPECT_THAT(states(), ElementsAre("1 READY", "2 UNAVAILABLE"));
  EXPECT_THAT(reason("2"), HasSubstr("the file is no ONNX model"));
}

TEST_F(LifeCycleTest, TheWatchTakesDownWhatLeftTheStore) {
  ASSERT_TRUE(store_.add(kName, "2"));
  open();
  ASSERT_TRUE(store_.writer().remove(kName));
  look(2);
  EXPECT_EQ(manager_->find(kName, "").error().code, Code::kNotFound);
}

TEST_F(LifeCycleTest, TheWatchTakesOverARollout) {
  ASSERT_TRUE(store_.add(kName, "2"));
  ASSERT_TRUE(store_.add(kName, "3"));
  open();
  put_rollout("versions: [1]");
  look(2);
  EXPECT_EQ(ask(), 2);
  put_rollout("versions: {");
  look(2);
  EXPECT_EQ(ask(), 2) << "a rollout that cannot be read changes nothing";
  EXPECT_THAT(reason("1"), HasSubstr("the rollout stays as it was"));
}

TEST_F(LifeCycleTest, LoadAndUnloadAreRefusedWithoutExplicitControl) {
  ASSERT_TRUE(store_.add(kName, "2"));
  open();
  EXPECT_EQ(load().error().code, Code::kUnavailable);
  EXPECT_EQ(unload().error().code, Code::kUnavailable);
  EXPECT_EQ(ask(), 2);
}

TEST_F(LifeCycleTest, ExplicitControlLoadsWhatItIsAskedFor) {
  ASSERT_TRUE(store_.add(kName, "2"));
  open_explicit({});
  EXPECT_TRUE(manager_->ready());
  EXPECT_THAT(states(), ElementsAre(" UNAVAILABLE"));
  EXPECT_EQ(manager_->find(kName, "").error().message, std::string("model '") + kName + "' is not loaded");
  EXPECT_TRUE(load());
  EXPECT_EQ(ask(), 2);
  EXPECT_THAT(states(), ElementsAre("1 READY"));
}

TEST_F(LifeCycleTest, LoadingWhatIsNotThereIsNotFound) {
  open_explicit();
  EXPECT_EQ(load().error().code, Code::kNotFound);
}

TEST_F(LifeCycleTest, AModelThatIsLoadedAnewAndFailsGoesOnAsBefore) {
  ASSERT_TRUE(store_.add(kName, "2"));
  open_explicit();
  store_.put(std::string("weights/") + kName + ".onnx", "broken");
  const Status loaded = load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(ask(), 2);
  EXPECT_THAT(states(), ElementsAre("1 READY"));
  EXPECT_THAT(reason("1"), HasSubstr("loading it anew failed: "));
}

TEST_F(LifeCycleTest, AnUnloadedModelAnswersWhatItAcceptedAndThenEnds) {
  ASSERT_TRUE(store_.add(kName, "2"));
  open_explicit();
  auto held = *manager_->find(kName, "");
  auto unloaded = std::make_shared<std::promise<Status>>();
  auto future = unloaded->get_future();
  manager_->control().unload(kName, false, [unloaded](Status status) { unloaded->set_value(std::move(status)); });
  EXPECT_EQ(future.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  EXPECT_EQ(ask(), 0);
  EXPECT_EQ(ask(held), 2);
  EXPECT_EQ(reason("1"), "answers what it accepted");
  held.reset();
  EXPECT_TRUE(future.get());
  EXPECT_THAT(states(), ElementsAre(" UNAVAILABLE"));
  EXPECT_EQ(reason(""), "was unloaded");
}

TEST_F(LifeCycleTest, CountersGoOnWhenAModelIsLoadedAnew) {
  ASSERT_TRUE(store_.add(kName, "2"));
  open_explicit();
  EXPECT_EQ(ask(), 2);
  const auto before = manager_->metrics().front();
  EXPECT_TRUE(load());
  EXPECT_EQ(ask(), 2);
  EXPECT_TRUE(unload());
  EXPECT_TRUE(load());
  EXPECT_EQ(ask(), 2);
  const auto after = manager_->metrics().front();
  EXPECT_EQ(after.statistics.success.count, before.statistics.success.count + 2);
  EXPECT_EQ(after.statistics.execution_count, before.statistics.execution_count + 2);
  EXPECT_EQ(after.request_ns.count, before.request_ns.count + 2);
  std::uint64_t batches = 0;
  for (const std::uint64_t count : after.batches) batches += count;
  EXPECT_EQ(batches, after.statistics.execution_count);
  EXPECT_EQ(after.pending, 0U);
}

TEST_F(LifeCycleTest, AnUnloadTakesWhatTheModelIsMadeOfAlongWhenAskedTo) {
  constexpr const char* kPart = "classification_mlp_part_20260101";
  ASSERT_TRUE(store_.add(kName, std::string("2 ") + kPart));
  ASSERT_TRUE(store_.add(kPart, "3"));
  open_explicit();
  ASSERT_TRUE(unload());
  EXPECT_TRUE(manager_->find(kPart, ""));
  ASSERT_TRUE(load());
  ASSERT_TRUE(wait([&](ModelControl::Done done) { manager_->control().unload(kName, true, done); }));
  EXPECT_FALSE(manager_->find(kName, ""));
  EXPECT_EQ(manager_->find(kPart, "").error().message, fmt::format("model '{}' was unloaded with '{}'", kPart, kName));
}

TEST_F(LifeCycleTest, AnEngineLoadsAtLowPriorityAndItsThreadsServeAtFull) {
  ASSERT_TRUE(store_.add(kName, "2"));
  const int policy_before = ::sched_getscheduler(0);
  if (policy_before != SCHED_OTHER) GTEST_SKIP() << "the tests were started with a policy of their own";
  open();
  EXPECT_EQ(policy_at_load_.load(), SCHED_BATCH);
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    EXPECT_NE(::sched_getscheduler(std::stoi(task.path().filename().string())), SCHED_BATCH) << task.path();
  }
}

TEST_F(LifeCycleTest, ALoadCallMayChangeSettings) {
  ASSERT_TRUE(store_.add(kName, "2"));
  open_explicit();
  LoadParameters parameters;
  parameters.config = R"({"name": "x", "max_batch_size": 3, "input": [{"name": "x"}]})";
  EXPECT_TRUE(load(parameters));
  EXPECT_EQ((*manager_->find(kName, ""))->max_batch_size, 3);
  parameters.config = R"({"max_batch": 3})";
  EXPECT_THAT(load(parameters).error().message, HasSubstr("unknown key 'max_batch'"));
  EXPECT_TRUE(load());
  EXPECT_EQ((*manager_->find(kName, ""))->max_batch_size, 64);
}

TEST_F(LifeCycleTest, ALoadCallMayBringFiles) {
  open_explicit();
  LoadParameters parameters;
  parameters.config = "{}";
  parameters.files["4/model.onnx"] = "7";
  EXPECT_TRUE(load(parameters));
  EXPECT_EQ(ask("4"), 7);
  parameters.files = {{"../model.onnx", "7"}};
  EXPECT_THAT(load(parameters).error().message, HasSubstr("expected 'file:VERSION/model.onnx'"));
  EXPECT_EQ(ask(), 7);
}

TEST_F(LifeCycleTest, AModelMustAnswerAsItsGoldenVectorSays) {
  ASSERT_TRUE(store_.add(kName, "2"));
  put_golden(std::string(kName) + "@1.npz", 2);
  open_explicit();
  EXPECT_THAT(reason("1"), HasSubstr("self-test passed"));
  put_golden(std::string(kName) + "@1.npz", 5);
  EXPECT_THAT(load().error().message, HasSubstr("output 'y' differs from the golden vector by 3"));
  EXPECT_EQ(ask(), 2);
}

TEST_F(LifeCycleTest, AModelWithoutAGoldenVectorSaysSo) {
  ASSERT_TRUE(store_.add(kName, "2"));
  open();
  EXPECT_EQ(reason("1"), "no golden vector");
}

TEST_F(LifeCycleTest, AGoldenVectorWithoutAVersionIsOfAModelWithoutVersions) {
  store_.put(std::string("weights/") + kName + ".onnx", "2");
  put_golden(std::string(kName) + ".npz", 5);
  open();
  EXPECT_EQ(ask(), 0);
  EXPECT_THAT(reason("1"), HasSubstr("the self-test failed"));
}

TEST_F(LifeCycleTest, ManyLoadsUnderRequestsLoseNone) {
  ASSERT_TRUE(store_.add(kName, "2"));
  open_explicit();
  std::atomic<bool> stop{false};
  std::atomic<int> lost{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back([&] {
      while (!stop.load()) lost += ask() == 2 ? 0 : 1;
    });
  }
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(load());
  stop = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(lost.load(), 0);
}

}  // namespace
}  // namespace tandem::serve
