// SPDX-License-Identifier: Apache-2.0
// The demo checkpoint becomes a model of the right shape; checkpoints that do not fit are refused by name. Whether the
// numbers are right is asked of an engine in tests/conformance.
#include "convert/networks/networks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace tandem::convert {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

Checkpoint carotid() {
  return read_checkpoint(TANDEM_SOURCE_DIR "/models/checkpoints/segmentation_transunet_phantom_20261121.pth").value();
}

Tensor& tensor_of(Checkpoint& checkpoint, std::string_view name) {
  const auto found = std::find_if(checkpoint.tensors.begin(), checkpoint.tensors.end(),
                                  [&](const NamedTensor& entry) { return entry.name == name; });
  EXPECT_NE(found, checkpoint.tensors.end()) << name;
  return found->tensor;
}

TEST(Convert, RecognizesATransUNetByItsKeys) {
  const Recognition recognition = recognize(carotid()).value();
  EXPECT_EQ(recognition.network, "TransUNet");
  EXPECT_THAT(recognition.facts, Contains(Pair("image size", "128 x 128")));
  EXPECT_THAT(recognition.facts, Contains(Pair("classes", "3")));
}

TEST(Convert, TakesEveryTensorOfTheNetwork) {
  const Checkpoint checkpoint = carotid();
  const auto conversion = convert_state_dict(checkpoint);
  ASSERT_TRUE(conversion) << conversion.error().message;
  EXPECT_THAT(conversion->unused, IsEmpty());
}

TEST(Convert, NamesInputAndOutput) {
  const Checkpoint checkpoint = carotid();
  const auto conversion = convert_state_dict(checkpoint).value();
  ASSERT_EQ(conversion.models.size(), 1U);
  const auto& graph = conversion.models[0].model.graph;
  EXPECT_EQ(to_string(graph.inputs.at(0)), "input: float32[batch,3,128,128]");
  EXPECT_EQ(to_string(graph.outputs.at(0)), "output: float32[batch,3,128,128]");
}

Checkpoint carotid_with(std::string name) {
  Checkpoint checkpoint = carotid();
  checkpoint.tensors.push_back({std::move(name), Tensor::allocate(DType::kFloat32, {1}).value()});
  return checkpoint;
}

Checkpoint carotid_without(std::initializer_list<std::string_view> names) {
  Checkpoint checkpoint = carotid();
  for (const std::string_view name : names) {
    std::erase_if(checkpoint.tensors, [&](const NamedTensor& entry) { return entry.name == name; });
  }
  return checkpoint;
}

ConvertOptions allowing_missing() {
  ConvertOptions options;
  options.allow_missing = true;
  return options;
}

TEST(Convert, RefusesATensorThatIsNotNeededByName) {
  EXPECT_THAT(convert_state_dict(carotid_with("extra.weight")).error().message,
              HasSubstr("it has 1 that a TransUNet has not: extra.weight"));
}

TEST(Convert, SaysWhichTensorIsNotUsedWhenThatIsAllowed) {
  const Checkpoint checkpoint = carotid_with("extra.weight");
  EXPECT_THAT(convert_state_dict(checkpoint, allowing_missing()).value().unused, testing::ElementsAre("extra.weight"));
}

TEST(Convert, NamesEveryTensorThatIsMissingWithItsShape) {
  const Checkpoint checkpoint =
      carotid_without({"decoder.blocks.1.conv2.0.weight", "transformer.encoder.encoder_norm.bias"});
  EXPECT_THAT(convert_state_dict(checkpoint).error().message,
              HasSubstr("lacks 2 of the tensors that a TransUNet has: transformer.encoder.encoder_norm.bias [64], "
                        "decoder.blocks.1.conv2.0.weight ["));
}

TEST(Convert, PutsZerosForMissingTensorsWhenThatIsAllowed) {
  const Checkpoint checkpoint = carotid_without({"transformer.encoder.encoder_norm.bias"});
  const auto conversion = convert_state_dict(checkpoint, allowing_missing());
  ASSERT_TRUE(conversion) << conversion.error().message;
  EXPECT_THAT(conversion->missing, testing::ElementsAre("transformer.encoder.encoder_norm.bias [64]"));
}

TEST(Convert, AnArchThatIsNotKnownIsAnsweredWithThoseThatAre) {
  ConvertOptions options;
  options.arch = "transnet";
  EXPECT_THAT(convert_state_dict(carotid(), options).error().message, HasSubstr("expected one of transunet, "));
}

TEST(Convert, AnArchIsTakenWithoutRecognition) {
  ConvertOptions options;
  options.arch = "captioner";
  EXPECT_THAT(convert_state_dict(carotid(), options).error().message,
              HasSubstr("has no tensor 'decoder.embedding.weight'"));
}

TEST(Convert, NamesATensorOfTheWrongShape) {
  Checkpoint checkpoint = carotid();
  tensor_of(checkpoint, "segmentation_head.0.bias") = Tensor::allocate(DType::kFloat32, {7}).value();
  EXPECT_THAT(convert_state_dict(checkpoint).error().message,
              HasSubstr("'segmentation_head.0.bias' has the shape [7]"));
}

TEST(Convert, TokensMustFormASquare) {
  Checkpoint checkpoint = carotid();
  tensor_of(checkpoint, "transformer.embeddings.position_embeddings") =
      Tensor::allocate(DType::kFloat32, {1, 60, 64}).value();
  EXPECT_THAT(convert_state_dict(checkpoint).error().message, HasSubstr("60 tokens: expected a square number"));
}

TEST(Convert, HeadsMustDivideTheChannels) {
  ConvertOptions options;
  options.heads = 5;
  EXPECT_THAT(convert_state_dict(carotid(), options).error().message, HasSubstr("--heads"));
}

TEST(Convert, AnUnknownNetworkIsAnsweredWithTheKnownOnes) {
  const Checkpoint digits =
      read_checkpoint(TANDEM_SOURCE_DIR "/models/checkpoints/classification_cnn_digits_20261121.pth").value();
  const auto conversion = convert_state_dict(digits);
  ASSERT_FALSE(conversion);
  EXPECT_EQ(conversion.error().code, Code::kUnimplemented);
  EXPECT_THAT(conversion.error().message, HasSubstr("known networks: TransUNet"));
}

TEST(Convert, EncoderOnlyWeightsOfVitAreRefusedWithTheReason) {
  Checkpoint checkpoint;
  checkpoint.tensors.push_back({"conv_root/kernel", Tensor::allocate(DType::kFloat32, {7, 7, 3, 64}).value()});
  EXPECT_THAT(convert_state_dict(checkpoint).error().message, HasSubstr("without decoder and head"));
}

}  // namespace
}  // namespace tandem::convert
