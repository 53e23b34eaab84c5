// SPDX-License-Identifier: Apache-2.0
// Pickled nn.Sequential modules: layers in their order, shapes from the first one, and what is refused.
#include "convert/modules/sequential.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/modules/layer.h"

namespace tandem::convert {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Checkpoint demo(const std::string& name) {
  return read_checkpoint(std::string(TANDEM_SOURCE_DIR) + "/tests/data/torch/" + name).value();
}

std::vector<std::string> op_types(const Conversion& conversion) {
  std::vector<std::string> types;
  for (const graph::Node& node : conversion.models.front().model.graph.nodes) types.push_back(node.op_type);
  return types;
}

ConvertOptions with_input(std::vector<std::int64_t> dims) {
  ConvertOptions options;
  options.input_shapes = {{"input", std::move(dims)}};
  return options;
}

/// A Sequential of layers without weights.
Checkpoint sequential(std::vector<TorchModule> layers) {
  Checkpoint checkpoint;
  checkpoint.module = TorchModule{"", "torch.nn.modules.container.Sequential", {}, {}};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    layers[i].name = std::to_string(i);
    checkpoint.module->children.push_back(std::move(layers[i]));
  }
  return checkpoint;
}

TorchModule layer(const std::string& name, std::map<std::string, ModuleSetting, std::less<>> settings = {}) {
  return {"", "torch.nn.modules." + name, std::move(settings), {}};
}

TEST(Sequential, LayersBecomeNodesInTheirOrder) {
  const Checkpoint checkpoint = demo("sequential.pth");
  ASSERT_TRUE(is_sequential(checkpoint));
  const auto conversion = convert_sequential(checkpoint, with_input({-1, 1, 4, 4}));
  ASSERT_TRUE(conversion) << conversion.error().message;
  EXPECT_THAT(op_types(*conversion),
              ElementsAre("Conv", "BatchNormalization", "Relu", "MaxPool", "Reshape", "MatMul", "Add"));
  EXPECT_TRUE(conversion->unused.empty());
  const TensorSpec& output = conversion->models.front().model.graph.outputs.front();
  EXPECT_EQ(to_string(output), "output: float32[batch,3]");
}

TEST(Sequential, AsksForTheShapeThatTheLayersDoNotTell) {
  const Checkpoint checkpoint = demo("sequential.pth");
  const auto conversion = convert_sequential(checkpoint, {});
  ASSERT_FALSE(conversion);
  EXPECT_THAT(conversion.error().message, HasSubstr("--input"));
}

TEST(Sequential, SaysWhichSizeDoesNotFit) {
  const Checkpoint checkpoint = demo("sequential.pth");
  const auto conversion = convert_sequential(checkpoint, with_input({-1, 1, 8, 8}));
  ASSERT_FALSE(conversion);
  EXPECT_THAT(conversion.error().message, HasSubstr("'4' (Linear) gets a tensor with 32"));
}

TEST(Sequential, NamesEveryLayerThatIsNotKnown) {
  const Checkpoint checkpoint = sequential({layer("rnn.LSTM"), layer("activation.ReLU"), {"", "mine.Block", {}, {}}});
  const auto conversion = convert_sequential(checkpoint, {});
  ASSERT_FALSE(conversion);
  EXPECT_EQ(conversion.error().code, Code::kUnimplemented);
  EXPECT_THAT(conversion.error().message, HasSubstr("2 layers"));
  EXPECT_THAT(conversion.error().message, HasSubstr("mine.Block ('2')"));
}

TEST(Sequential, ImagesOfAnySizeStayDynamic) {
  const Checkpoint checkpoint = sequential({layer("pooling.MaxPool2d", {{"kernel_size", std::int64_t{2}}})});
  const auto conversion = convert_sequential(checkpoint, with_input({-1, 3, -1, -1}));
  ASSERT_TRUE(conversion) << conversion.error().message;
  EXPECT_EQ(to_string(conversion->models[0].model.graph.inputs[0]), "input: float32[batch,3,height,width]");
}

TEST(Sequential, HostileSettingsAreRefused) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  for (const std::int64_t bad : {std::int64_t{0}, std::int64_t{-1}, kHuge}) {
    const Checkpoint pool = sequential({layer("pooling.MaxPool2d", {{"kernel_size", bad}})});
    EXPECT_FALSE(convert_sequential(pool, with_input({-1, 3, 8, 8}))) << bad;
    const Checkpoint norm = sequential({layer("batchnorm.BatchNorm2d", {{"num_features", bad}})});
    EXPECT_FALSE(convert_sequential(norm, with_input({-1, 3, 8, 8}))) << bad;
  }
}

TEST(Sequential, EveryActivationIsBuilt) {
  for (const KnownLayer& known : activation_layers()) {
    if (known.type == "PReLU") continue;  // it has a weight
    const Checkpoint checkpoint = sequential({layer("activation." + std::string(known.type))});
    const auto conversion = convert_sequential(checkpoint, with_input({-1, 3, 8, 8}));
    EXPECT_TRUE(conversion) << known.type << ": " << conversion.error().message;
  }
}

TEST(Sequential, TheAdviceNamesFileAndClass) {
  const std::string advice = export_advice("nets/mine.pth", "train.Own");
  EXPECT_THAT(advice, HasSubstr("train.Own"));
  EXPECT_THAT(advice, HasSubstr("torch.load('nets/mine.pth'"));
  EXPECT_THAT(advice, HasSubstr("'nets/mine.pt2'"));
}

}  // namespace
}  // namespace tandem::convert
