// SPDX-License-Identifier: Apache-2.0
// Facts about ShadowRunner.
#include "serve/models/shadow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

#include "serve/models/shadow_metrics.h"
#include "support/fake_clock.h"
#include "support/fake_engine.h"

namespace tandem::serve {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<const LoadedModel> model(std::string version, FakeSession::Function run) {
  auto model = std::make_shared<LoadedModel>();
  model->name = "m";
  model->version = std::move(version);
  model->backend = "fake";
  model->info = fake_vector_model(2);
  model->session = std::make_unique<FakeSession>(model->info, std::move(run));
  return model;
}

Status hand_back(std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  outputs[0] = TRY(inputs[0].clone());
  return {};
}

class ShadowTest : public ::testing::Test {
 protected:
  /// One live request whose answer is `answer` twice; whether it was chosen.
  bool ask(float answer) {
    const float input[] = {1, 1};
    const float output[] = {answer, answer};
    const Tensor inputs[] = {*Tensor::from<float>({1, 2}, input)};
    const Tensor outputs[] = {*Tensor::from<float>({1, 2}, output)};
    auto job = runner_.choose(*live_, inputs);
    if (!job) return false;
    ShadowRunner::answered(*job, outputs, {.compute_infer = std::chrono::milliseconds(2)});
    runner_.submit(std::move(job));
    return true;
  }
  ShadowReport report() const { return runner_.reports().at(0); }
  /// The report once that many requests came to an end.
  ShadowReport report_after(std::uint64_t ended) const {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < limit) {
      const ShadowReport now = report();
      if (now.compared + now.failed + now.dropped >= ended) return now;
      std::this_thread::yield();
    }
    return report();
  }

  FakeClock clock_;
  std::shared_ptr<const LoadedModel> live_ = model("1", hand_back);
  ShadowRunner runner_{clock_};
};

TEST_F(ShadowTest, WithoutShadowsNothingIsChosen) {
  EXPECT_FALSE(ask(1));
  EXPECT_EQ(shadow_metrics_text(runner_.reports()), "");
}

TEST_F(ShadowTest, ComparesWhatBothAnswered) {
  runner_.set("m", ShadowTarget{1, model("2", hand_back)});
  EXPECT_TRUE(ask(1));
  EXPECT_TRUE(ask(1.5F));
  const ShadowReport seen = report_after(2);
  EXPECT_EQ(seen.compared, 2U);
  EXPECT_EQ(seen.shadow_version, "2");
  EXPECT_DOUBLE_EQ(seen.agreement.max_absolute, 0.5);
  EXPECT_FALSE(seen.agreement.within);
  EXPECT_EQ(seen.timed, 2U);
  EXPECT_EQ(seen.live_time, std::chrono::milliseconds(4));
  const std::string page = shadow_metrics_text(runner_.reports());
  EXPECT_THAT(page,
              HasSubstr("tandem_shadow_requests_total{model=\"m\",shadow_version=\"2\",shadow_engine=\"fake\"} 2\n"));
}

TEST_F(ShadowTest, ChoosesTheShare) {
  runner_.set("m", ShadowTarget{0.25, model("2", hand_back)});
  int chosen = 0;
  for (int i = 0; i < 40; ++i) chosen += ask(1) ? 1 : 0;
  EXPECT_NEAR(chosen, 10, 2);
}

TEST_F(ShadowTest, DoesNotCompareAModelWithItself) {
  runner_.set("m", ShadowTarget{1, live_});
  EXPECT_FALSE(ask(1));
}

TEST_F(ShadowTest, CountsWhatTheShadowCannotAnswer) {
  runner_.set("m", ShadowTarget{1, model("2", [](auto, auto) -> Status { return internal_error("no memory"); })});
  ASSERT_TRUE(ask(1));
  const ShadowReport seen = report_after(1);
  EXPECT_EQ(seen.failed, 1U);
  EXPECT_EQ(seen.last_error, "no memory");
}

TEST_F(ShadowTest, DropsWhatItCannotKeepUpWith) {
  std::promise<void> go;
  const std::shared_future<void> gate = go.get_future().share();
  runner_.set("m", ShadowTarget{1, model("2", [gate](std::span<const Tensor> inputs, std::span<Tensor> outputs) {
                                  gate.wait();
                                  return hand_back(inputs, outputs);
                                })});
  for (int i = 0; i < 100; ++i) ask(1);
  go.set_value();
  const ShadowReport seen = report_after(100);
  EXPECT_EQ(seen.compared + seen.dropped, 100U);
  EXPECT_GE(seen.dropped, 35U);
}

TEST_F(ShadowTest, BeginsAnewWithAnotherModel) {
  runner_.set("m", ShadowTarget{1, model("2", hand_back)});
  ASSERT_TRUE(ask(1));
  EXPECT_EQ(report_after(1).compared, 1U);
  runner_.set("m", ShadowTarget{1, model("3", hand_back)});
  EXPECT_EQ(report().compared, 0U);
  runner_.set("m", std::nullopt);
  EXPECT_TRUE(runner_.reports().empty());
}

}  // namespace
}  // namespace tandem::serve
