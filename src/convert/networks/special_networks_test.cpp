// SPDX-License-Identifier: Apache-2.0
// What networks for faces, things and texts read from shapes, and what they refuse. Whether their numbers are right is
// asked of an engine in tests/conformance.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "convert/networks/networks.h"

namespace tandem::convert {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

Checkpoint zeros(const std::vector<std::pair<std::string, Shape>>& tensors) {
  Checkpoint checkpoint;
  for (const auto& [name, shape] : tensors) {
    Tensor tensor = Tensor::allocate(DType::kFloat32, shape).value();
    std::ranges::fill(tensor.mutable_values<float>(), 0.0F);
    checkpoint.tensors.push_back({name, std::move(tensor)});
  }
  return checkpoint;
}

ConvertOptions of_size(std::int64_t size) {
  ConvertOptions options;
  options.image_size = size;
  return options;
}

/// What the encoder is known by, with so many types of tokens.
Checkpoint bert(std::int64_t types, std::int64_t channels = 64) {
  return zeros({{"embeddings.word_embeddings.weight", {10, channels}},
                {"embeddings.position_embeddings.weight", {8, channels}},
                {"embeddings.token_type_embeddings.weight", {types, channels}},
                {"embeddings.LayerNorm.weight", {channels}},
                {"encoder.layer.0.attention.self.query.weight", {channels, channels}},
                {"encoder.layer.0.intermediate.dense.weight", {16, channels}},
                {"encoder.layer.0.output.LayerNorm.weight", {channels}}});
}

TEST(Bert, HasTwelveHeadsWhereMiniLmHas) {
  EXPECT_THAT(recognize(bert(2, 384)).value().facts, Contains(Pair("heads", "12")));
}

TEST(Bert, HasAHeadForEach64ChannelsElsewhere) {
  EXPECT_THAT(recognize(bert(2, 768)).value().facts, Contains(Pair("heads", "12")));
  EXPECT_THAT(recognize(bert(2, 1024)).value().facts, Contains(Pair("heads", "16")));
}

TEST(Bert, RefusesARobertaWhosePositionsBeginElsewhere) {
  const auto conversion = convert_state_dict(bert(1));
  EXPECT_EQ(conversion.error().code, Code::kUnimplemented);
  EXPECT_THAT(conversion.error().message, HasSubstr("RoBERTa"));
}

Checkpoint proposal_net() {
  return zeros({{"conv1.weight", {10, 3, 3, 3}},
                {"conv1.bias", {10}},
                {"prelu1.weight", {10}},
                {"conv2.weight", {16, 10, 3, 3}},
                {"conv2.bias", {16}},
                {"prelu2.weight", {16}},
                {"conv3.weight", {32, 16, 3, 3}},
                {"conv3.bias", {32}},
                {"prelu3.weight", {32}},
                {"conv4_1.weight", {2, 32, 1, 1}},
                {"conv4_1.bias", {2}},
                {"conv4_2.weight", {4, 32, 1, 1}},
                {"conv4_2.bias", {4}}});
}

TEST(Mtcnn, ProposesFacesInImagesOfAnySize) {
  const auto conversion = convert_state_dict(proposal_net());
  ASSERT_TRUE(conversion) << conversion.error().message;
  const auto& graph = conversion->models.at(0).model.graph;
  EXPECT_EQ(to_string(graph.inputs.at(0)), "input: float32[batch,3,height,width]");
  EXPECT_EQ(to_string(graph.outputs.at(0)), "offsets: float32[batch,4,rows,columns]");
}

TEST(Mtcnn, ProposesFacesInImagesOfOneSizeWhereThatIsAskedFor) {
  const auto conversion = convert_state_dict(proposal_net(), of_size(25));
  ASSERT_TRUE(conversion) << conversion.error().message;
  EXPECT_EQ(to_string(conversion->models.at(0).model.graph.outputs.at(0)), "offsets: float32[batch,4,8,8]");
}

TEST(Mtcnn, RefusesImagesWithoutRoomForAFace) {
  EXPECT_THAT(convert_state_dict(proposal_net(), of_size(11)).error().message, HasSubstr("expected sides of 12"));
}

TEST(YoloV8, RefusesAnImageThatItsStridesDoNotDivide) {
  const Checkpoint checkpoint = zeros({{"model.0.conv.weight", {16, 3, 3, 3}},
                                       {"model.2.cv1.conv.weight", {32, 32, 1, 1}},
                                       {"model.21.cv2.conv.weight", {256, 384, 1, 1}},
                                       {"model.22.dfl.conv.weight", {1, 16, 1, 1}},
                                       {"model.22.cv2.0.0.conv.weight", {64, 64, 3, 3}},
                                       {"model.22.cv3.0.0.conv.weight", {80, 64, 3, 3}},
                                       {"model.22.cv3.0.2.weight", {80, 80, 1, 1}}});
  EXPECT_THAT(recognize(checkpoint).value().facts, Contains(Pair("classes", "80")));
  EXPECT_THAT(recognize(checkpoint, of_size(100)).error().message, HasSubstr("multiples of 32"));
}

TEST(ArcFace, ReadsTheSizeOfItsImageFromItsLastLayer) {
  const Checkpoint checkpoint = zeros({{"conv1.weight", {8, 3, 3, 3}},
                                       {"layer1.0.prelu.weight", {8}},
                                       {"layer1.0.bn3.running_mean", {8}},
                                       {"layer4.0.conv2.weight", {8, 8, 3, 3}},
                                       {"bn2.weight", {8}},
                                       {"features.running_mean", {4}},
                                       {"fc.weight", {4, 8 * 7 * 7}}});
  EXPECT_THAT(recognize(checkpoint).value().facts, Contains(Pair("image size", "112 x 112")));
}

}  // namespace
}  // namespace tandem::convert
