// SPDX-License-Identifier: Apache-2.0
// Tests of flat bodies: how values become tensors of one sample.
#include "serve/generate/generate_request.h"

#include <gtest/gtest.h>

#include "support/fake_inference_service.h"

namespace tandem::serve {
namespace {

const Dim kAny = Dim::symbol("n");

ServedModel model_of(DType dtype, std::vector<Dim> dims, std::int64_t max_batch_size = 0) {
  return FakeInferenceService::one_to_one("m", dtype, std::move(dims), max_batch_size);
}

std::string error_of(std::string_view json, const ServedModel& model, bool takes_image = false) {
  const auto request = read_generate_request(json, model, takes_image);
  return request ? "accepted" : request.error().message;
}

TEST(GenerateRequest, AScalarIsATensorOfOneElement) {
  const auto request =
      read_generate_request(R"({"x":"hello"})", model_of(DType::kString, {kAny, Dim::fixed(1)}, 4), false);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->inputs[0].shape(), (Shape{1, 1}));
  EXPECT_EQ(request->inputs[0].strings()[0], "hello");
}

TEST(GenerateRequest, AnOpenDimensionFollowsFromTheElements) {
  const auto request =
      read_generate_request(R"({"x":[[1,2],[3,4],[5,6]]})", model_of(DType::kInt64, {kAny, Dim::fixed(2)}), false);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->inputs[0].shape(), (Shape{3, 2}));
  EXPECT_EQ(request->inputs[0].values<std::int64_t>()[5], 6);
}

TEST(GenerateRequest, TheBatchIsOneSample) {
  const ServedModel model = model_of(DType::kFloat32, {kAny, Dim::fixed(2)}, 8);
  EXPECT_EQ(read_generate_request(R"({"x":[1,2]})", model, false)->inputs[0].shape(), (Shape{1, 2}));
  EXPECT_EQ(error_of(R"({"x":[1,2,3,4]})", model), "'x': expected 2 elements for [n,2], got 4");
}

TEST(GenerateRequest, IdTimeoutAndPriorityAreParameters) {
  const auto request = read_generate_request(R"({"id":"7","timeout":1500,"priority":2,"temperature":{"any":1},"x":1})",
                                             model_of(DType::kFloat32, {Dim::fixed(1)}), false);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->id, "7");
  EXPECT_EQ(request->timeout_us, 1500U);
  EXPECT_EQ(request->priority, 2U);
}

TEST(GenerateRequest, AnImageStandsForTheInputs) {
  const ServedModel model = model_of(DType::kFloat32, {kAny, Dim::fixed(3)}, 4);
  const auto request = read_generate_request(R"({"image":"QUJD"})", model, true);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->image, "QUJD");
  EXPECT_TRUE(request->inputs.empty());
  EXPECT_NE(error_of(R"({"image":"QUJD"})", model).find("input 'x' is missing"), std::string::npos);
}

TEST(GenerateRequest, SaysWhatIsWrong) {
  const ServedModel model = model_of(DType::kFloat32, {Dim::fixed(1)});
  EXPECT_EQ(error_of("{}", model), "input 'x' is missing; the model's inputs are x");
  EXPECT_EQ(error_of(R"({"x":1,"x":2})", model), "'x': expected once, got twice");
  EXPECT_NE(error_of(R"({"x":{}})", model).find("scalar"), std::string::npos);
  EXPECT_NE(error_of(R"({"x":"one"})", model), "accepted");
  EXPECT_NE(error_of(R"({"x":[]})", model), "accepted");
  EXPECT_NE(error_of(R"({"x":1)", model), "accepted");
  EXPECT_NE(error_of(R"({"x":1}x)", model), "accepted");
  EXPECT_NE(error_of(R"({"x":[1,2]})", model_of(DType::kFloat32, {kAny, Dim::symbol("m")})), "accepted");
}

}  // namespace
}  // namespace tandem::serve
