// SPDX-License-Identifier: Apache-2.0
// What the reader makes of models written byte by byte, and of damaged ones.
#include "graph/onnx_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/onnx_bytes.h"

namespace tandem {
namespace {

using onnx_bytes::bytes;
using onnx_bytes::integer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<graph::Model> read(const std::string& file, std::shared_ptr<const void> owner = nullptr) {
  return read_onnx(std::as_bytes(std::span(file)), owner);
}

std::string with_initializer(const std::string& tensor) {
  return onnx_bytes::model({{onnx_bytes::node("Identity", {"x"}, {"y"})},
                            {onnx_bytes::value("x", DType::kFloat32, {1})},
                            {onnx_bytes::value("y", DType::kFloat32, {1})},
                            {tensor}});
}

TEST(ReadOnnx, TellsTheModelsHead) {
  const auto model = read(onnx_bytes::add_model(4));
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->opset(), 17);
  EXPECT_EQ(model->producer, "tandem-test");
  EXPECT_EQ(model->metadata.at("task"), "testing");
}

TEST(ReadOnnx, KeepsNodesWithTheirNames) {
  const auto model = read(onnx_bytes::add_model(4)).value();
  ASSERT_EQ(model.graph.nodes.size(), 1U);
  EXPECT_TRUE(model.graph.nodes[0].is("Add"));
  EXPECT_THAT(model.graph.nodes[0].inputs, ElementsAre("a", "b"));
  EXPECT_EQ(to_string(model.graph.inputs[0]), "a: float32[batch,4]");
}

TEST(ReadOnnx, ReadsFloatsFromTheirTypedField) {
  const std::string floats = {0, 0, -128, 63, 0, 0, 0, 64};  // 1.0, 2.0
  const auto model = read(with_initializer(integer(1, 2) + integer(2, 1) + bytes(8, "w") + bytes(4, floats))).value();
  EXPECT_THAT(model.graph.initializers[0].tensor.values<float>(), ElementsAre(1.0F, 2.0F));
}

TEST(ReadOnnx, ReadsSmallIntegersFromInt32Data) {
  const std::string packed = onnx_bytes::varint(1) + onnx_bytes::varint(static_cast<std::uint64_t>(std::int64_t{-2}));
  const auto model = read(with_initializer(integer(1, 2) + integer(2, 3) + bytes(8, "w") + bytes(5, packed))).value();
  EXPECT_THAT(model.graph.initializers[0].tensor.values<std::int8_t>(), ElementsAre(1, -2));
}

TEST(ReadOnnx, BorrowsAlignedWeightsWhenAnOwnerKeepsThemAlive) {
  const auto file =
      std::make_shared<std::string>(with_initializer(onnx_bytes::initializer("w", DType::kUint8, {3}, "abc")));
  const auto model = read(*file, file).value();
  const auto* data = static_cast<const char*>(model.graph.initializers[0].tensor.data());
  EXPECT_GE(data, file->data());
  EXPECT_LT(data, file->data() + file->size());
}

TEST(ReadOnnx, AnInputThatRepeatsAWeightIsNoInput) {
  const auto model =
      read(onnx_bytes::model({{onnx_bytes::node("Add", {"x", "w"}, {"y"})},
                              {onnx_bytes::value("x", DType::kUint8, {3}), onnx_bytes::value("w", DType::kUint8, {3})},
                              {onnx_bytes::value("y", DType::kUint8, {3})},
                              {onnx_bytes::initializer("w", DType::kUint8, {3}, "abc")}}))
          .value();
  ASSERT_EQ(model.graph.inputs.size(), 1U);
  EXPECT_EQ(model.graph.inputs[0].name, "x");
}

struct Damage {
  std::string what;
  std::string file;
  std::string said;
};
class DamagedOnnx : public testing::TestWithParam<Damage> {};

TEST_P(DamagedOnnx, IsRefusedWithASentence) {
  const auto model = read(GetParam().file);
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    ReadOnnx, DamagedOnnx,
    testing::Values(
        Damage{"NoGraph", integer(1, 8), "it has no graph"}, Damage{"Text", "hello", "damaged or cut off"},
        Damage{"ShortWeights", with_initializer(onnx_bytes::initializer("w", DType::kFloat32, {2}, "abcd")),
               "has 4 bytes of elements; its type and shape need 8"},
        Damage{"LongWeights", with_initializer(onnx_bytes::initializer("w", DType::kUint8, {2}, "abcd")),
               "more elements than its shape"},
        Damage{"HugeShape", with_initializer(onnx_bytes::initializer("w", DType::kFloat32, {1 << 30}, "abcd")),
               "larger than the bytes that should hold it"},
        Damage{"ExternalData", with_initializer(onnx_bytes::initializer("w", DType::kUint8, {0}, "") + integer(14, 1)),
               "lie in another file"},
        Damage{"SequenceInput",
               onnx_bytes::model({{onnx_bytes::node("Identity", {"x"}, {"y"})},
                                  {onnx_bytes::sequence("x", DType::kFloat32)},
                                  {onnx_bytes::value("y", DType::kFloat32, {1})}}),
               "is no tensor"},
        Damage{"AttributeWithoutItsTensor",
               onnx_bytes::model({{onnx_bytes::node("Any", {"x"}, {"y"}) + bytes(5, bytes(1, "t") + integer(20, 4))},
                                  {onnx_bytes::value("x", DType::kFloat32, {1})},
                                  {onnx_bytes::value("y", DType::kFloat32, {1})}}),
               "should hold a tensor and holds none"},
        Damage{"NodeWithoutType", onnx_bytes::model({{bytes(1, "x")}, {}, {}}), "names no operator"}),
    [](const auto& test) { return test.param.what; });

}  // namespace
}  // namespace tandem
