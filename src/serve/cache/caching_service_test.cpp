// SPDX-License-Identifier: Apache-2.0
// Facts about CachingService.
#include "serve/cache/caching_service.h"

#include <gtest/gtest.h>

#include "pipeline/pipeline.h"
#include "support/fake_clock.h"
#include "support/fake_inference_service.h"

namespace tandem::serve {
namespace {

struct CachingServiceTest : ::testing::Test {
  void add_model(std::optional<bool> enable = std::nullopt) {
    ServedModel model = FakeInferenceService::one_to_one("m", DType::kFloat32, {Dim::symbol("n")});
    if (enable) {
      ModelConfig config;
      config.task = "numbers";
      config.response_cache = enable;
      model.pipeline = std::make_shared<const Pipeline>(Pipeline::create(std::move(config), model.info).value());
    }
    next.add(std::move(model), [this](InferRequest request) {
      ++runs;
      return fails ? Result<InferResponse>(internal_error("broken")) : FakeInferenceService::echo(std::move(request));
    });
  }
  Result<InferResponse> ask(CachingService& service, float value) {
    InferRequest request;
    request.inputs.push_back(Tensor::from<float>({1}, std::span<const float>(&value, 1)).value());
    Result<InferResponse> answer = internal_error("no answer");
    service.infer(service.find("m", "").value(), std::move(request),
                  [&answer](Result<InferResponse> response) { answer = std::move(response); });
    return answer;
  }

  FakeInferenceService next;
  FakeClock clock;
  int runs = 0;
  bool fails = false;
};

TEST_F(CachingServiceTest, RunsEachQuestionOnce) {
  add_model();
  CachingService service(next, {1 << 20, true}, clock);
  EXPECT_EQ(ask(service, 4).value().outputs[0].values<float>()[0], 4);
  EXPECT_EQ(ask(service, 4).value().outputs[0].values<float>()[0], 4);
  EXPECT_EQ(ask(service, 5).value().outputs[0].values<float>()[0], 5);
  EXPECT_EQ(runs, 2);
}

TEST_F(CachingServiceTest, LeavesModelsAloneThatDoNotAskForIt) {
  add_model();
  CachingService service(next, {1 << 20, false}, clock);
  ASSERT_TRUE(ask(service, 4) && ask(service, 4));
  EXPECT_EQ(runs, 2);
}

TEST_F(CachingServiceTest, AModelMayAskForIt) {
  add_model(true);
  CachingService service(next, {1 << 20, false}, clock);
  ASSERT_TRUE(ask(service, 4) && ask(service, 4));
  EXPECT_EQ(runs, 1);
}

TEST_F(CachingServiceTest, AModelMayRefuseIt) {
  add_model(false);
  CachingService service(next, {1 << 20, true}, clock);
  ASSERT_TRUE(ask(service, 4) && ask(service, 4));
  EXPECT_EQ(runs, 2);
}

TEST_F(CachingServiceTest, AFailureIsNotRemembered) {
  add_model();
  CachingService service(next, {1 << 20, true}, clock);
  fails = true;
  EXPECT_FALSE(ask(service, 4));
  fails = false;
  EXPECT_TRUE(ask(service, 4));
}

TEST_F(CachingServiceTest, CountsHitsAndMissesAndHitsAsSuccesses) {
  add_model();
  next.model_statistics.resize(1);
  next.model_statistics[0].name = "m";
  next.model_statistics[0].version = "1";
  next.model_statistics[0].success.count = 1;
  CachingService service(next, {1 << 20, true}, clock);
  ASSERT_TRUE(ask(service, 4) && ask(service, 4) && ask(service, 4));
  const ModelStatistics statistics = service.statistics("m", "").value()[0];
  EXPECT_EQ(statistics.cache_miss.count, 1u);
  EXPECT_EQ(statistics.cache_hit.count, 2u);
  EXPECT_EQ(statistics.success.count, 3u);
}

}  // namespace
}  // namespace tandem::serve
