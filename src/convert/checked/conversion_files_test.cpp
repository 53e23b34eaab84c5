// SPDX-License-Identifier: Apache-2.0
// Where converted models go, and that their configs are configs.
#include "convert/checked/conversion_files.h"

#include <gtest/gtest.h>

#include "pipeline/model_config.h"

namespace tandem::convert {
namespace {

TEST(PartPath, TheOnlyModelGoesWhereItWasAsked) { EXPECT_EQ(part_path("out/x.onnx", ""), "out/x.onnx"); }
TEST(PartPath, APartLiesBesideIt) { EXPECT_EQ(part_path("out/x.onnx", "step"), "out/x-step.onnx"); }

Conversion conversion(std::string task, std::optional<ImageInput> image) {
  Conversion made;
  made.network = "net";
  made.task = std::move(task);
  ConvertedModel model;
  model.image = std::move(image);
  model.model.graph.inputs.push_back({"input", DType::kFloat32, {}, false});
  model.model.graph.outputs.push_back({"output", DType::kFloat32, {}, false});
  made.models.push_back(std::move(model));
  return made;
}

TEST(ConfigText, IsAConfigWithThePreprocessing) {
  const auto made = conversion("segmentation", ImageInput{96, {0.5, 0.25, 0}, {1, 2, 4}});
  const auto config = parse_model_config(config_text(made, made.models[0], "x"));
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_TRUE(config->inputs.at(0).image);
  EXPECT_EQ(config->inputs[0].image->width, 96);
  EXPECT_EQ(config->outputs.at(0).postprocess, Postprocess::kSegmentation);
}

TEST(ConfigText, LabelsAreReadAsTheyWereGiven) {
  auto made = conversion("segmentation", ImageInput{96});
  made.labels = {"a: \"b\"", "no", "~"};
  const auto config = parse_model_config(config_text(made, made.models[0], "x"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->outputs.at(0).labels, made.labels);
}

TEST(ConfigText, AModelWithoutImagesHasNoInputs) {
  const auto made = conversion("caption", std::nullopt);
  const auto config = parse_model_config(config_text(made, made.models[0], "x"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->inputs.empty());
}

/// A captioner's encoder with these words between start and end.
Conversion captioner(std::vector<std::string> words) {
  auto made = conversion("caption", ImageInput{64, {0, 0, 0}, {1, 1, 1}});
  words.insert(words.begin(), "<start>");
  words.push_back("<end>");
  const auto end = static_cast<std::int64_t>(words.size()) - 1;
  made.models[0].caption = CaptionWords{std::move(words), 0, end, std::nullopt, std::nullopt};
  return made;
}

TEST(ConfigText, AnEncoderNamesItsStepAndTheWords) {
  const auto made = captioner({"a", "no", "1", "it's", "#", "\"", "\\", ": ", "blåbær"});
  const auto config = parse_model_config(config_text(made, made.models[0], "x: y"));
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_TRUE(config->caption);
  EXPECT_EQ(config->caption->step, "x: y-step");
  EXPECT_EQ(config->caption->words, made.models[0].caption->words);
  EXPECT_EQ(config->caption->start, 0);
  EXPECT_EQ(config->caption->end, 10);
}

TEST(ConfigText, FiveThousandWordsAreAConfigStill) {
  std::vector<std::string> words;
  for (int i = 0; i < 5154; ++i) words.push_back("word_" + std::to_string(i) + "_of_a_caption");
  const auto made = captioner(words);
  const auto config = parse_model_config(config_text(made, made.models[0], "x"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->caption->words.size(), 5156U);
}

}  // namespace
}  // namespace tandem::convert
