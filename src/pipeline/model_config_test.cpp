// SPDX-License-Identifier: Apache-2.0
// What a config may say, and the sentence for everything it may not.
#include "pipeline/model_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <tuple>

#include "base/file.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kFull = R"(schema: 1
task: classification
engine: onnxruntime
precision: int8
max_batch_size: 64
inputs:
  - name: input
    image:
      width: 8
      height: 9
      resize: letterbox
      interpolation: area
      color: gray
      layout: nhwc
      invert: auto
      pad_value: 114
      scale: 0.5
      mean: [1.5]
      std: [2]
outputs:
  - name: output
    postprocess: classification
    activation: softmax
    labels: ["0", no]
)";

TEST(ModelConfig, ReadsEveryKey) {
  const auto config = parse_model_config(kFull);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->task, "classification");
  EXPECT_EQ(config->engine, "onnxruntime");
  EXPECT_EQ(config->precision, "int8");
  EXPECT_EQ(config->max_batch_size, 64);
  ASSERT_EQ(config->inputs.size(), 1U);
  EXPECT_EQ(config->inputs[0].name, "input");
  const ImagePreprocess& image = *config->inputs[0].image;
  EXPECT_EQ(image.width, 8);
  EXPECT_EQ(image.height, 9);
  EXPECT_EQ(image.resize, ResizeMode::kLetterbox);
  EXPECT_EQ(image.interpolation, Interpolation::kArea);
  EXPECT_EQ(image.color, ColorOrder::kGray);
  EXPECT_EQ(image.layout, Layout::kNhwc);
  EXPECT_EQ(image.invert, Invert::kAuto);
  EXPECT_EQ(image.pad_value, 114);
  EXPECT_EQ(image.scale, 0.5F);
  EXPECT_THAT(image.mean, ElementsAre(1.5F));
  EXPECT_THAT(image.std, ElementsAre(2.0F));
  ASSERT_EQ(config->outputs.size(), 1U);
  EXPECT_EQ(config->outputs[0].postprocess, Postprocess::kClassification);
  EXPECT_EQ(config->outputs[0].activation, Activation::kSoftmax);
  EXPECT_THAT(config->outputs[0].labels, ElementsAre("0", "no"));
}

TEST(ModelConfig, NeedsOnlySchemaAndTask) {
  const auto config = parse_model_config("schema: 1\ntask: t\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->engine, "onnxruntime");
  EXPECT_EQ(config->precision, "fp32");
  EXPECT_FALSE(config->max_batch_size);
  EXPECT_TRUE(config->inputs.empty());
}

TEST(ModelConfig, EveryConfigOfTheDemoStoreParses) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TANDEM_SOURCE_DIR "/models/configs")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto config = parse_model_config(*read_file(entry.path()));
    EXPECT_TRUE(config) << entry.path() << ": " << config.error().message;
    ++count;
  }
  EXPECT_GE(count, 2);
}

TEST(ModelConfig, TheExampleOfTheDocumentParses) {
  const std::string document = *read_file(TANDEM_SOURCE_DIR "/docs/formats/model-config.md");
  const std::size_t begin = document.find("```yaml\n");
  ASSERT_NE(begin, std::string::npos);
  const std::size_t end = document.find("```", begin + 8);
  const auto config = parse_model_config(document.substr(begin + 8, end - begin - 8));
  EXPECT_TRUE(config) << config.error().message;
}

constexpr const char* kCaption = R"(schema: 1
task: caption
caption:
  step: some-step
  start: <start>
  end: <end>
  pad: <pad>
  unknown: <unk>
  max_words: 20
  grid: [3, 4]
  words: [<pad>, <start>, <end>, <unk>, a, no, "1"]
)";

TEST(ModelConfig, ReadsACaptionSection) {
  const auto config = parse_model_config(kCaption);
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_TRUE(config->caption);
  const CaptionConfig& caption = *config->caption;
  EXPECT_EQ(caption.step, "some-step");
  EXPECT_THAT(caption.words, ElementsAre("<pad>", "<start>", "<end>", "<unk>", "a", "no", "1"));
  EXPECT_EQ(caption.start, 1);
  EXPECT_EQ(caption.end, 2);
  EXPECT_THAT(caption.never, ElementsAre(1, 0, 3));
  EXPECT_EQ(caption.max_words, 20);
  EXPECT_EQ(caption.grid, (CaptionGrid{3, 4}));
}

TEST(ModelConfig, ACaptionNeedsOnlyAStepItsWordsAndTheirEnds) {
  const auto config =
      parse_model_config("schema: 1\ntask: caption\ncaption: {step: s, words: [b, e, x], start: b, end: e}");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->caption->never, ElementsAre(0));
  EXPECT_EQ(config->caption->max_words, 50);
  EXPECT_FALSE(config->caption->grid);
}

struct Wrong {
  std::string name;
  std::string replaced;     // this part of kFull ...
  std::string replacement;  // ... becomes this
  std::string message;      // and the error contains this
};
class WrongModelConfig : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongModelConfig, IsRefusedWithTheKeysPath) {
  std::string yaml = kFull;
  const std::size_t at = yaml.find(GetParam().replaced);
  ASSERT_NE(at, std::string::npos);
  yaml.replace(at, GetParam().replaced.size(), GetParam().replacement);
  const auto config = parse_model_config(yaml);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, Code::kInvalidArgument);
  EXPECT_THAT(config.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongModelConfig,
    ::testing::Values(
        Wrong{"Text", "width: 8", "width: abc",
              "inputs[0].image.width: expected an integer from 1 to 16384, got 'abc'"},
        Wrong{"Quoted", "width: 8", "width: '8'", "inputs[0].image.width: expected an integer"},
        Wrong{"Zero", "height: 9", "height: 0", "inputs[0].image.height: expected an integer from 1 to 16384, got '0'"},
        Wrong{"Fraction", "width: 8", "width: 8.5", "got '8.5'"},
        Wrong{"Overflow", "width: 8", "width: 99999999999999999999", "inputs[0].image.width"},
        Wrong{"Absent", "      width: 8\n", "", "inputs[0].image.width: this key is required"},
        Wrong{"Nothing", "width: 8",
              "width:", "inputs[0].image.width: expected an integer from 1 to 16384, got nothing"},
        Wrong{"ListForNumber", "width: 8", "width: [8]", "got a list"},
        Wrong{"UnknownKey", "width: 8", "widht: 8",
              "inputs[0].image: unknown key 'widht'; the keys here are width, height"},
        Wrong{"UnknownTopKey", "task:", "tsak:", "config: unknown key 'tsak'"},
        Wrong{"Choice", "letterbox", "fit",
              "inputs[0].image.resize: expected one of stretch, letterbox, shortside, topleft"},
        Wrong{"MeanCount", "[1.5]", "[1, 2]", "inputs[0].image.mean: expected 1 numbers, one per channel, got 2"},
        Wrong{"ZeroStd", "std: [2]", "std: [0]", "inputs[0].image.std[0]: expected a number that is not 0"},
        Wrong{"InfiniteScale", "scale: 0.5", "scale: 1e999", "inputs[0].image.scale: expected a number"},
        Wrong{"NotANumber", "scale: 0.5", "scale: nan", "inputs[0].image.scale: expected a number"},
        Wrong{"PadValue", "114", "256", "inputs[0].image.pad_value: expected an integer from 0 to 255"},
        Wrong{"Schema", "schema: 1", "schema: 2", "schema: expected an integer from 1 to 1, got '2'"},
        Wrong{"Task", "task: classification", "task: Classify!", "task: expected a name of a-z, 0-9 and _"},
        Wrong{"Precision", "int8", "int4", "precision: expected one of fp32, fp16, int8, bf16, got 'int4'"},
        Wrong{"BatchSize", "64", "-1", "max_batch_size: expected an integer from 0 to 65536"},
        Wrong{"ResponseCache", "max_batch_size: 64", "response_cache: {enable: yes}",
              "response_cache.enable: expected one of false, true, got 'yes'"},
        Wrong{"LabelIsNull", "\"0\"", "~", "outputs[0].labels[0]: expected one line of text"},
        Wrong{"DuplicateKey", "width: 8", "width: 8\n      width: 9", "the key 'width' stands twice"},
        Wrong{"Anchor", "width: 8", "width: &a 8", "line 9: anchors (&name) are not allowed"},
        Wrong{"Tag", "width: 8", "width: !!int 8", "tags (!name) are not allowed"},
        Wrong{"BadIndent", "    image:", "   image:", "config: line"}),
    [](const auto& test) { return test.param.name; });

class WrongCaption : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongCaption, IsRefusedWithTheKeysPath) {
  std::string yaml = kCaption;
  const std::size_t at = yaml.find(GetParam().replaced);
  ASSERT_NE(at, std::string::npos);
  yaml.replace(at, GetParam().replaced.size(), GetParam().replacement);
  const auto config = parse_model_config(yaml);
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Captions, WrongCaption,
    ::testing::Values(
        Wrong{"NoStep", "step: some-step\n  ", "", "caption.step: this key is required"},
        Wrong{"StepElsewhere", "some-step", "../some-step", "caption.step: expected the name of a model"},
        Wrong{"StepInAFolder", "some-step", "a/b", "caption.step: expected the name of a model, without a folder"},
        Wrong{"UnknownKey", "pad:", "padding:", "caption: unknown key 'padding'; the keys here are step, words"},
        Wrong{"StartIsNoWord", "start: <start>", "start: <sos>", "caption.start: expected one of the 7 words"},
        Wrong{"EndIsNoWord", "end: <end>", "end: stop", "caption.end: expected one of the 7 words, got 'stop'"},
        Wrong{"EndIsStart", "end: <end>", "end: <start>", "caption.end: expected another word than start, pad"},
        Wrong{"EndStandsTwice", "a, no", "<end>, no", "caption.end: expected a word that stands once in words"},
        Wrong{"EmptyWord", "a, no", "\"\", no", "caption.words[4]: expected one line of text"},
        Wrong{"NoWords", "words: [<pad>, <start>, <end>, <unk>, a, no, \"1\"]", "words: []",
              "caption.words: expected at least two words, got a list"},
        Wrong{"NoStepsAtAll", "max_words: 20", "max_words: 0", "caption.max_words: expected an integer from 1 to 1000"},
        Wrong{"OneGridSide", "grid: [3, 4]", "grid: [3]", "caption.grid: expected two numbers, rows and columns"},
        Wrong{"NoRows", "grid: [3, 4]", "grid: [0, 4]", "caption.grid[0]: expected an integer from 1 to 1024"}),
    [](const auto& test) { return test.param.name; });

std::string error_of(const std::string& yaml) {
  const auto config = parse_model_config(yaml);
  return config ? "no error" : config.error().message;
}

TEST(ModelConfig, RefusesTwoInputsOfOneName) {
  EXPECT_EQ(error_of("schema: 1\ntask: t\ninputs: [{name: x}, {name: x}]"), "inputs[1].name: 'x' stands twice");
}

TEST(ModelConfig, RefusesABombOfAliases) {
  EXPECT_THAT(error_of("a: &a [x, x]\nb: [*a, *a]\n"), HasSubstr("not allowed"));
  EXPECT_THAT(error_of("a: *a\n"), HasSubstr("config: line"));
}

TEST(ModelConfig, RefusesDeepNesting) {
  EXPECT_THAT(error_of("a: " + std::string(100, '[') + std::string(100, ']')), HasSubstr("nested deeper than 16"));
  EXPECT_NE(error_of(std::string(100000, '[')), "no error");
  EXPECT_NE(error_of(std::string(100000, '{')), "no error");
}

TEST(ModelConfig, RefusesMoreThan256Kibibytes) {
  EXPECT_THAT(error_of(std::string((256 << 10) + 1, ' ')), HasSubstr("at most 262144 bytes"));
}

TEST(ModelConfig, RefusesTooManyValues) {
  std::string yaml = "a: [";
  for (int i = 0; i < 30000; ++i) yaml += "1,";
  EXPECT_THAT(error_of(yaml + "]"), HasSubstr("more than 20000 values"));
}

TEST(ModelConfig, RefusesNothingAndMoreThanOneDocument) {
  EXPECT_THAT(error_of(""), HasSubstr("the file is empty"));
  EXPECT_THAT(error_of("schema: 1\ntask: t\n---\na: b\n"), HasSubstr("got several"));
  EXPECT_THAT(error_of("just text"), HasSubstr("expected a mapping"));
}

TEST(ModelConfig, RefusesControlCharacters) {
  EXPECT_THAT(error_of(std::string("schema: 1\0", 10)), HasSubstr("byte 9 is a control character"));
}

}  // namespace
}  // namespace tandem
