// SPDX-License-Identifier: Apache-2.0
// What becomes of Keras files beside their answers, which the conformance suite holds: structure, names, refusals.
#include "convert/keras/keras_model.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"

namespace tandem::convert::keras {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::string_view kFixtures = TANDEM_SOURCE_DIR "/tests/conformance/convert/keras/";

Result<KerasFile> open(const std::string& name) {
  const auto bytes = std::make_shared<const std::string>(read_file(std::string(kFixtures) + name).value());
  return read_keras(std::as_bytes(std::span(*bytes)), bytes);
}

/// The fixture's weights under another configuration.
KerasFile edited(const std::string& name, const std::string& config) {
  KerasFile file = open(name).value();
  file.config = ConfigValue::parse(config).value();
  return file;
}

Result<Conversion> convert(const std::string& name, const ConvertOptions& options = {}) {
  return convert_keras(TRY(open(name)), options);
}

std::string error_of(const Result<Conversion>& conversion) {
  return conversion ? "no error" : conversion.error().message;
}

std::size_t count_of(const Conversion& conversion, std::string_view op_type) {
  const auto& nodes = conversion.models.front().model.graph.nodes;
  return static_cast<std::size_t>(std::ranges::count(nodes, op_type, &graph::Node::op_type));
}

/// A Sequential of these layers, whose input has four features.
std::string sequential(const std::string& layers) {
  return R"({"class_name": "Sequential", "config": {"name": "made", "layers": [
    {"class_name": "InputLayer", "config": {"batch_shape": [null, 4], "name": "in"}}, )" +
         layers + "]}}";
}

TEST(KerasModel, TransposesAnImageOnceAtTheEdge) {
  const auto conversion = convert("keras2_functional.h5");
  ASSERT_TRUE(conversion) << conversion.error().message;
  EXPECT_EQ(count_of(*conversion, "Transpose"), 1U);
}

TEST(KerasModel, PutsTheRowsOfDenseInOrderInsteadOfTransposingBack) {
  const auto conversion = convert("sequential.keras");
  ASSERT_TRUE(conversion) << conversion.error().message;
  const auto& nodes = conversion->models.front().model.graph.nodes;
  const auto flatten = std::ranges::find(nodes, "Flatten", &graph::Node::op_type);
  ASSERT_NE(flatten, nodes.end());
  EXPECT_EQ((flatten + 1)->op_type, "Gemm");
}

TEST(KerasModel, KeepsTheInputAsKerasHasIt) {
  const auto conversion = convert("squeeze_and_excite.keras");
  ASSERT_TRUE(conversion) << conversion.error().message;
  const graph::Graph& graph = conversion->models.front().model.graph;
  EXPECT_EQ(to_string(graph.inputs.front()), "input: float32[batch,height,width,3]");
  EXPECT_EQ(graph.outputs.front().name, "output");
}

TEST(KerasModel, NamesSeveralInputsAndOutputsAsKerasDoes) {
  const auto conversion = convert("nested.keras");
  ASSERT_TRUE(conversion) << conversion.error().message;
  const graph::Graph& graph = conversion->models.front().model.graph;
  EXPECT_EQ(graph.inputs[0].name, "x");
  EXPECT_EQ(graph.inputs[1].name, "y");
  EXPECT_EQ(graph.outputs[0].name, "head");
  EXPECT_EQ(graph.outputs[1].name, "sum");
}

TEST(KerasModel, ASharedModelsWeightsAreThereOnce) {
  const auto conversion = convert("nested.keras");
  ASSERT_TRUE(conversion) << conversion.error().message;
  const auto& weights = conversion->models.front().model.graph.initializers;
  EXPECT_EQ(std::ranges::count_if(weights, [](const auto& weight) { return weight.name.ends_with("conv2d.kernel"); }),
            1);
}

TEST(KerasModel, TakesSizesAndNamesThatTheCallerGives) {
  ConvertOptions options;
  options.input_shapes = {{"input", {1, 32, 48, 3}}};
  options.names = {{"input", "photo"}, {"output", "map"}};
  const auto conversion = convert("squeeze_and_excite.keras", options);
  ASSERT_TRUE(conversion) << conversion.error().message;
  const graph::Graph& graph = conversion->models.front().model.graph;
  EXPECT_EQ(to_string(graph.inputs.front()), "photo: float32[1,32,48,3]");
  EXPECT_EQ(to_string(graph.outputs.front()), "map: float32[1,18,26,2]");
}

TEST(KerasModel, RefusesAShapeThatTheModelDoesNotTake) {
  ConvertOptions options;
  options.input_shapes = {{"input", {1, 32, 48, 1}}};
  EXPECT_THAT(error_of(convert("squeeze_and_excite.keras", options)), HasSubstr("[1,32,48,1] does not fit the input"));
}

TEST(KerasModel, NamesTheDimensionsThatTheCallerNames) {
  ConvertOptions options;
  options.dims = {{"batch", "n"}, {"height", "h"}};
  const auto conversion = convert("squeeze_and_excite.keras", options);
  ASSERT_TRUE(conversion) << conversion.error().message;
  EXPECT_EQ(to_string(conversion->models.front().model.graph.inputs.front()), "input: float32[n,h,width,3]");
}

TEST(KerasModel, NamesEveryLayerThatIsNotKnownAtOnce) {
  const KerasFile file = edited("dense.keras", sequential(R"(
      {"class_name": "Lambda", "config": {"name": "code"}},
      {"class_name": "ConvLSTM2D", "config": {"name": "video"}},
      {"class_name": "Dense", "module": "mine.layers", "registered_name": "mine>Dense", "config": {"name": "own"}})"));
  const std::string error = error_of(convert_keras(file));
  EXPECT_THAT(error, HasSubstr("3 of the layers cannot be converted"));
  EXPECT_THAT(error, HasSubstr("'code' (Lambda) holds Python code, which is never run"));
  EXPECT_THAT(error, HasSubstr("'video' (ConvLSTM2D)"));
  EXPECT_THAT(error, HasSubstr("'own' (Dense) is a class of the model's author"));
}

TEST(KerasModel, NamesADozenOfManyLayersThatAreNotKnown) {
  std::string layers;
  for (int i = 1; i <= 14; ++i) {
    layers +=
        fmt::format(R"({}{{"class_name": "ConvLSTM2D", "config": {{"name": "video_{}"}}}})", i == 1 ? "" : ",", i);
  }
  const std::string error = error_of(convert_keras(edited("dense.keras", sequential(layers))));
  EXPECT_THAT(error, HasSubstr("14 of the layers cannot be converted"));
  EXPECT_THAT(error, HasSubstr("'video_12' (ConvLSTM2D) and 2 more, which tandem inspect lists"));
}

TEST(KerasModel, RefusesAModelThatIsAClassOfItsOwn) {
  const KerasFile file = edited("dense.keras", R"({"class_name": "MyModel", "module": "mine", "config": {"size": 3}})");
  EXPECT_THAT(error_of(convert_keras(file)), HasSubstr("of the class MyModel, which its author wrote in Python"));
}

TEST(KerasModel, NamesTheLayerWhoseWeightsDoNotFit) {
  const KerasFile file =
      edited("dense.keras", sequential(R"({"class_name": "Dense", "config": {"name": "first", "units": 7}})"));
  EXPECT_THAT(error_of(convert_keras(file)),
              HasSubstr("layer 'made/first' (Dense): the tensor 'layers/dense/vars/0' has"));
}

TEST(KerasModel, NamesTheLayerWhoseWeightsAreMissing) {
  const KerasFile file =
      edited("dense.keras",
             sequential(R"({"class_name": "Conv2D", "config": {"name": "c", "filters": 7, "kernel_size": 3}})"));
  EXPECT_THAT(error_of(convert_keras(file)), HasSubstr("layer 'made/c' (Conv2D): the input has 2 dimensions"));
}

TEST(KerasModel, NamesASettingThatIsNone) {
  const KerasFile file = edited("dense.keras", sequential(R"({"class_name": "Dense", "config": {"units": "many"}})"));
  EXPECT_THAT(error_of(convert_keras(file)), HasSubstr("the setting 'units' is 'many': expected a whole number"));
}

TEST(KerasModel, RefusesLayersBehindAMask) {
  const KerasFile file = edited("text.keras", R"({"class_name": "Sequential", "config": {"name": "made", "layers": [
    {"class_name": "InputLayer", "config": {"batch_shape": [null, 9], "dtype": "int32", "name": "in"}},
    {"class_name": "Embedding", "config": {"input_dim": 20, "output_dim": 6, "mask_zero": true}},
    {"class_name": "LSTM", "config": {"units": 3}}]}})");
  EXPECT_THAT(error_of(convert_keras(file)), HasSubstr("left out by a mask"));
}

TEST(KerasModel, RefusesLayersThatWaitForEachOther) {
  const KerasFile file = edited("dense.keras", R"({"class_name": "Functional", "config": {"name": "made", "layers": [
    {"class_name": "InputLayer", "name": "in", "config": {"batch_shape": [null, 4], "name": "in"}, "inbound_nodes": []},
    {"class_name": "Add", "name": "a", "config": {}, "inbound_nodes": [[["in", 0, 0, {}], ["b", 0, 0, {}]]]},
    {"class_name": "ReLU", "name": "b", "config": {}, "inbound_nodes": [[["a", 0, 0, {}]]]}],
    "input_layers": [["in", 0, 0]], "output_layers": [["b", 0, 0]]}})");
  EXPECT_THAT(error_of(convert_keras(file)), HasSubstr("output 0 of call 0 of 'b', which its layers do not lead to"));
}

std::string read_error(const std::string& hdf5) {
  const std::string bytes = read_file(TANDEM_SOURCE_DIR "/tests/data/hdf5/" + hdf5).value();
  const auto file = read_keras(std::as_bytes(std::span(bytes)), nullptr);
  return file ? "no error" : file.error().message;
}

TEST(KerasModel, SaysThatAFileHoldsWeightsOnly) {
  EXPECT_THAT(read_error("keras_weights.h5"), HasSubstr("the weights of a Keras model and not its layers"));
}

TEST(KerasModel, SaysThatAnHdf5FileIsNoModel) {
  EXPECT_THAT(read_error("chunks.h5"), HasSubstr("no model of Keras: expected the attribute 'model_config'"));
}

/// `count` calls of a model that calls one `count` times, and so on, `depth` levels.
std::string multiplied(int depth, int count) {
  std::string inner = R"({"class_name": "ReLU", "name": "x", "config": {"name": "x"}, "inbound_nodes": [)";
  for (int level = 0; level < depth; ++level) {
    std::string layer = inner;
    for (int i = 0; i < count; ++i) layer += i == 0 ? R"([["in", 0, 0, {}]])" : R"(, [["in", 0, 0, {}]])";
    inner = R"({"class_name": "Functional", "name": "x", "config": {"name": "x", "layers": [{"class_name": "InputLayer",
      "name": "in", "config": {"batch_shape": [null, 4]}}, )" +
            layer + R"(]}], "input_layers": [["in", 0, 0]], "output_layers": [["x", 0, 0]]}, "inbound_nodes": [)";
  }
  return inner + "]}";
}

TEST(KerasModel, RefusesModelsThatMultiply) {
  const KerasFile file = edited("dense.keras", multiplied(10, 8));
  EXPECT_THAT(error_of(convert_keras(file)), HasSubstr("more than 65536 times"));
}

TEST(KerasModel, SummarizesLayersAndParameters) {
  const auto summary = summarize_keras(open("sequential_h5.h5").value());
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->model, "Sequential 'digits'");
  EXPECT_EQ(summary->parameters, 3U * 3 * 4 + 4 + 36 * 10 + 10);
  EXPECT_THAT(summary->classes, Contains(Pair("Conv2D", 1)));
  EXPECT_THAT(summary->unknown, IsEmpty());
}

TEST(ConfigValue, RefusesNestingDeeperThanItsLimit) {
  const std::string deep(1000, '[');
  const auto parsed = ConfigValue::parse(deep + std::string(1000, ']'));
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr("deeper than 128 levels"));
}

TEST(ConfigValue, RefusesNumbersThatAreNoSizes) {
  const ConfigValue value = ConfigValue::parse(R"({"units": 1e30, "filters": 9007199254740993, "axis": -1})").value();
  EXPECT_FALSE(value.integer("units"));
  EXPECT_FALSE(value.integer("filters"));
  EXPECT_EQ(value.integer("axis").value(), -1);
  EXPECT_FALSE(value.positive("axis"));
}

}  // namespace
}  // namespace tandem::convert::keras
