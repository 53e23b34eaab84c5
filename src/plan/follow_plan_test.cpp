// SPDX-License-Identifier: Apache-2.0
// Facts about what is found out of a plan before it is followed.
#include "plan/follow_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "store/sha256.h"
#include "support/fake_engine.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

using ::testing::HasSubstr;

class FollowPlan : public ::testing::Test {
 protected:
  FollowPlan() {
    engines_.add(std::make_unique<FakeEngine>("fake", ".onnx", Status{}));
    engines_.add(std::make_unique<FakeEngine>("absent", ".onnx", fail(Code::kUnimplemented, "built without it")));
    weights_ = folder_.path() / "digits.onnx";
    EXPECT_TRUE(write_file_atomic(weights_, "the model"));
    plan_.engine = "fake";
    plan_.evidence.emplace();
    plan_.evidence->model_sha256 = sha256_hex("the model");
    plan_.evidence->engine_version = "0";
    plan_.evidence->machine = machine_fingerprint();
  }

  FollowedPlan follow() const { return follow_plan(plan_, weights_, engines_, {}); }

  TempDir folder_;
  EngineRegistry engines_;
  std::filesystem::path weights_;
  PlanConfig plan_;
};

TEST_F(FollowPlan, HoldsForTheFileItWasMeasuredWith) {
  const FollowedPlan followed = follow();
  EXPECT_TRUE(followed.choice.plan) << followed.choice.refusal;
  EXPECT_EQ(followed.weights, weights_);
}

TEST_F(FollowPlan, EndsWhenTheFileIsReplaced) {
  ASSERT_TRUE(write_file_atomic(weights_, "another model"));
  EXPECT_THAT(follow().choice.refusal, HasSubstr("another model"));
}

TEST_F(FollowPlan, EndsWhereTheEngineIsNot) {
  plan_.engine = "absent";
  EXPECT_THAT(follow().choice.refusal, HasSubstr("built without it"));
  plan_.engine = "unheard_of";
  EXPECT_THAT(follow().choice.refusal, HasSubstr("unheard_of"));
}

TEST_F(FollowPlan, LoadsTheVariantBesideTheModel) {
  plan_.variant = "digits_int8";
  EXPECT_FALSE(follow().choice.plan);
  ASSERT_TRUE(write_file_atomic(folder_.path() / "digits_int8.onnx", "small"));
  plan_.evidence->variant_sha256 = sha256_hex("small");
  const FollowedPlan followed = follow();
  ASSERT_TRUE(followed.choice.plan) << followed.choice.refusal;
  EXPECT_EQ(followed.weights, folder_.path() / "digits_int8.onnx");
}

TEST_F(FollowPlan, SaysWhatASessionIsLoadedWith) {
  plan_.threads = 3;
  plan_.graph_optimization = "basic";
  SessionOptions options;
  ASSERT_TRUE(apply_plan(plan_, options));
  EXPECT_EQ(options.threads, 3);
  EXPECT_EQ(options.graph_optimization, GraphOptimization::kBasic);
}

}  // namespace
}  // namespace tandem
