// SPDX-License-Identifier: Apache-2.0
// Facts about the JSON of predictions.
#include "serve/api/prediction_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/fake_clock.h"

namespace tandem::serve {
namespace {

using nlohmann::json;

ImagePrediction classified() {
  ImagePrediction done;
  auto model = std::make_shared<ServedModel>();
  model->name = "digits";
  model->version = "2";
  done.model = model;
  done.prediction.classification = Classification{{{"cat", 0, 0.25F}, {"dog", 1, 0.75F}}, 1};
  return done;
}

ImagePrediction segmented(std::vector<double> fractions) {
  ImagePrediction done = classified();
  done.prediction.classification.reset();
  Image mask{2, 1, 1, {0, 2}};
  done.prediction.segmentation =
      Segmentation{std::move(mask), {"background", "artery", "vein"}, std::move(fractions), 0.9};
  return done;
}

ImagePrediction captioned() {
  ImagePrediction done = classified();
  done.prediction.classification.reset();
  done.prediction.caption = Caption{"red ring", {{"red", 0.75, {0.25F, 0.75F}}, {"ring", 0.5, {1, 0}}}, {1, 2}, true};
  return done;
}

json answer(const ImagePrediction& done, std::string_view patient_id = "\"P-1\"") {
  return json::parse(inference_answer(done, patient_id, FakeClock().wall()).value());
}

TEST(InferenceAnswer, ACaptionIsThePredictionWithTheMeanOfItsWords) {
  const json data = answer(captioned())["data"];
  EXPECT_EQ(data["prediction"], "red ring");
  EXPECT_EQ(data["confidence"], 0.625);
  EXPECT_EQ(data["probabilities"], json({{"red ring", 0.625}}));
}

TEST(InferenceAnswer, ACaptionHasItsWordsAndWhereTheModelLooked) {
  const json expected = {{"text", "red ring"},
                         {"words",
                          {{{"word", "red"}, {"probability", 0.75}, {"attention", {0.25, 0.75}}},
                           {{"word", "ring"}, {"probability", 0.5}, {"attention", {1.0, 0.0}}}}},
                         {"grid", {1, 2}},
                         {"ended", true}};
  EXPECT_EQ(answer(captioned())["data"]["caption"], expected);
}

TEST(InferenceAnswer, ACaptionWithoutAWordIsEmpty) {
  ImagePrediction done = captioned();
  done.prediction.caption = Caption{"", {}, {}, true};
  const json data = answer(done)["data"];
  EXPECT_EQ(data["prediction"], "");
  EXPECT_EQ(data["confidence"], 0);
  EXPECT_EQ(data["caption"]["words"], json::array());
}

TEST(InferenceAnswer, HasExactlyTheFieldsOfTheContract) {
  const json expected = {{"success", true},
                         {"data",
                          {{"prediction", "dog"},
                           {"confidence", 0.75},
                           {"probabilities", {{"cat", 0.25}, {"dog", 0.75}}},
                           {"patient_id", "P-1"},
                           {"timestamp", "2026-01-01T00:00:00.000Z"},
                           {"model_version", "2"}}}};
  EXPECT_EQ(answer(classified()), expected);
}

TEST(InferenceAnswer, EchoesAnyPatientId) {
  EXPECT_EQ(answer(classified(), "null")["data"]["patient_id"], nullptr);
  EXPECT_EQ(answer(classified(), "17")["data"]["patient_id"], 17);
}

TEST(InferenceAnswer, NamesTheLargestClassThatIsNotTheBackground) {
  const json data = answer(segmented({0.7, 0.1, 0.2}))["data"];
  EXPECT_EQ(data["prediction"], "vein");
  EXPECT_EQ(data["confidence"], 0.9);
  EXPECT_EQ(data["probabilities"]["artery"], 0.1);
  EXPECT_TRUE(data["mask_image"].get<std::string>().starts_with("data:image/png;base64,"));
}

TEST(InferenceAnswer, NamesTheBackgroundWhenThereIsNothingElse) {
  EXPECT_EQ(answer(segmented({1, 0, 0}))["data"]["prediction"], "background");
}

TEST(InferenceAnswer, RefusesAModelWhoseOutputsHaveNoMeaning) {
  ImagePrediction done = classified();
  done.prediction = {};
  EXPECT_EQ(inference_answer(done, "null", {}).error().code, Code::kFailedPrecondition);
}

TEST(InferenceFailure, IsTheFormThatCallersRead) {
  EXPECT_EQ(inference_failure("a \"b\""), R"({"success":false,"error":"a \"b\"","data":null})");
}

}  // namespace
}  // namespace tandem::serve
