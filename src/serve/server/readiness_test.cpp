// SPDX-License-Identifier: Apache-2.0
// Facts about readiness.
#include "serve/server/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_inference_service.h"

namespace tandem::serve {
namespace {

using ::testing::HasSubstr;

const ModelState kGood{"good", "1", "READY", ""};
const ModelState kOther{"other", "1", "READY", ""};
const ModelState kBad{"bad", "", "UNAVAILABLE", "it is broken"};
const ModelState kLoading{"late", "2", "LOADING", ""};

std::string missing(std::string_view policy, const std::vector<ModelState>& index) {
  return missing_models(parse_ready_policy(policy).value(), index);
}

TEST(ReadyPolicy, AnyIsContentWithOneModel) {
  EXPECT_EQ(missing("any", {kBad, kGood}), "");
  EXPECT_THAT(missing("any", {kBad}), HasSubstr("'bad' is UNAVAILABLE: it is broken"));
}

TEST(ReadyPolicy, AllWantsEveryModel) {
  EXPECT_EQ(missing("all", {kGood, kOther}), "");
  EXPECT_EQ(missing("all", {kGood, kBad, kLoading}),
            "model 'bad' is UNAVAILABLE: it is broken; model 'late' is LOADING");
}

TEST(ReadyPolicy, NamedLooksAtThoseAlone) {
  EXPECT_EQ(missing("good,other", {kGood, kOther, kBad}), "");
  EXPECT_EQ(missing("good,nobody", {kGood}), "model 'nobody' is not in the store");
  EXPECT_EQ(missing("late", {kGood, kLoading}), "model 'late' is LOADING");
}

TEST(ReadyPolicy, AnEmptyStoreMissesNothing) {
  EXPECT_EQ(missing("any", {}), "");
  EXPECT_EQ(missing("all", {}), "");
}

TEST(ReadyPolicy, WhatAnOperatorDoesNotWantIsNotMissing) {
  const ModelState unwanted{"idle", "", "UNAVAILABLE", "is not loaded", false};
  EXPECT_EQ(missing("any", {unwanted}), "");
  EXPECT_EQ(missing("all", {kGood, unwanted}), "");
  EXPECT_THAT(missing("any", {kBad, unwanted}), HasSubstr("'bad'"));
  EXPECT_THAT(missing("idle", {unwanted}), HasSubstr("is not loaded"));
}

TEST(ReadyPolicy, OneReadyVersionIsEnough) {
  const std::vector<ModelState> index{
      {"m", "2", "UNAVAILABLE", "x"}, {"m", "1", "READY", ""}, {"m", "3", "LOADING", ""}};
  EXPECT_EQ(missing("all", index), "");
  EXPECT_EQ(missing("m", index), "");
}

TEST(ReadyPolicy, RefusesAnEmptyName) {
  for (const char* wrong : {"", ",", "a,", ",a", "a,,b"}) EXPECT_FALSE(parse_ready_policy(wrong)) << wrong;
}

TEST(ReadinessService, SaysWhyItIsNotReady) {
  FakeInferenceService models;
  models.states = {kBad};
  const ReadinessService service(models, {});
  EXPECT_FALSE(service.ready());
  EXPECT_THAT(service.unready_reason(), HasSubstr("it is broken"));
}

TEST(ReadinessService, IsNotReadyOnceItDrains) {
  FakeInferenceService models;
  models.states = {kGood};
  ReadinessService service(models, {});
  EXPECT_TRUE(service.ready());
  service.begin_drain();
  EXPECT_THAT(service.unready_reason(), HasSubstr("shutting down"));
}

TEST(ReadinessService, HasStartedWhenNothingLoadsAnyMoreAndStaysSo) {
  FakeInferenceService models;
  models.states = {kGood, kLoading};
  const ReadinessService service(models, {});
  EXPECT_THAT(service.unstarted_reason(), HasSubstr("late"));
  models.states = {kGood, kBad};
  EXPECT_EQ(service.unstarted_reason(), "");
  models.states = {kLoading};
  EXPECT_EQ(service.unstarted_reason(), "");
}

}  // namespace
}  // namespace tandem::serve
