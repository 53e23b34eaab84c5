// SPDX-License-Identifier: Apache-2.0
// What PyTorch saved (tests/data/torch/make_files.py) becomes plain values and tensors, in both of its formats.
#include "formats/torch_objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "core/half.h"
#include "formats/torch_checkpoint.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string objects_fixture(const std::string& name) {
  return read_file(std::string(TANDEM_SOURCE_DIR) + "/tests/data/torch/" + name).value();
}

/// A file and what was read from it.
struct Opened {
  explicit Opened(const std::string& name)
      : file(objects_fixture(name)), objects(TorchObjects::read(std::as_bytes(std::span(file)))) {}

  const PickleValue& at(std::string_view key) {
    const PickleValue* value = objects.value().root().get(key);
    if (value == nullptr) ADD_FAILURE() << "there is no " << key;
    return value == nullptr ? objects->root() : *value;
  }
  Result<Tensor> tensor(std::string_view key) { return objects->tensor(at(key)); }

  std::string file;
  Result<TorchObjects> objects;
};

class StateDict : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Formats, StateDict, testing::Values("state_dict.pth", "protocol_5.pth", "legacy.pth"));

TEST_P(StateDict, ViewsAreReadByTheirStrides) {
  Opened opened(GetParam());
  ASSERT_TRUE(opened.objects) << opened.objects.error().message;
  EXPECT_THAT(opened.tensor("matrix")->values<float>(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(opened.tensor("transposed")->values<float>(), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_EQ(opened.tensor("transposed")->shape(), Shape({3, 2}));
  EXPECT_THAT(opened.tensor("row")->values<float>(), ElementsAre(3, 4, 5));
}

TEST_P(StateDict, ElementTypesAreKept) {
  Opened opened(GetParam());
  ASSERT_TRUE(opened.objects) << opened.objects.error().message;
  EXPECT_EQ(to_float(opened.tensor("half")->values<Float16>()[2]), 2.0F);
  EXPECT_EQ(to_float(opened.tensor("bfloat")->values<Bfloat16>()[2]), 2.0F);
  EXPECT_THAT(opened.tensor("steps")->values<std::int64_t>(), ElementsAre(7));
  EXPECT_THAT(opened.tensor("flags")->values<bool>(), ElementsAre(true, false));
  EXPECT_THAT(opened.tensor("parameter")->values<float>(), ElementsAre(0, 1));
}

TEST_P(StateDict, TiedTensorsBothHaveTheElements) {
  Opened opened(GetParam());
  ASSERT_TRUE(opened.objects) << opened.objects.error().message;
  EXPECT_THAT(opened.tensor("tied")->values<float>(), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(opened.tensor("tied_too")->values<float>(), ElementsAre(0, 1, 2, 3));
}

TEST(TorchObjects, TiedTensorsAreOneMemory) {
  Opened opened("state_dict.pth");
  EXPECT_EQ(opened.tensor("tied")->data(), opened.tensor("tied_too")->data());
}

TEST(TorchObjects, BigEndianFilesAreTurned) {
  Opened opened("big_endian.pth");
  ASSERT_TRUE(opened.objects) << opened.objects.error().message;
  EXPECT_THAT(opened.tensor("matrix")->values<float>(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(opened.tensor("transposed")->values<float>(), ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST(TorchObjects, TypesWithoutAStorageOfTheirOwnAreRead) {
  Opened opened("types.pth");
  ASSERT_TRUE(opened.objects) << opened.objects.error().message;
  EXPECT_EQ(opened.tensor("float8")->dtype(), DType::kFloat8e4m3fn);
  EXPECT_THAT(opened.tensor("uint16")->values<std::uint16_t>(), ElementsAre(1, 65535));
  EXPECT_EQ(opened.tensor("complex")->dtype(), DType::kComplex64);
}

TEST(TorchObjects, QuantizedTensorsBecomeTheNumbersTheyStandFor) {
  Opened opened("quantized.pth");
  ASSERT_TRUE(opened.objects) << opened.objects.error().message;
  EXPECT_THAT(opened.tensor("tensor")->values<float>(), ElementsAre(-1, 0.5, 2, 4));
  EXPECT_THAT(opened.tensor("channel")->values<float>(), ElementsAre(-1, 0.5, 2, 4));
}

class Objects : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Formats, Objects, testing::Values("objects.pth", "objects_legacy.pth"));

TEST_P(Objects, NumPyArraysAreTensors) {
  Opened opened(GetParam());
  ASSERT_TRUE(opened.objects) << opened.objects.error().message;
  EXPECT_THAT(opened.tensor("array")->values<float>(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(opened.tensor("array")->shape(), Shape({2, 3}));
  EXPECT_THAT(opened.tensor("fortran")->values<std::int16_t>(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(opened.tensor("big")->values<double>(), ElementsAre(0, 1, 2));
}

TEST_P(Objects, NumPyNumbersAreNumbers) {
  Opened opened(GetParam());
  EXPECT_EQ(opened.at("best").real, 0.25);
  EXPECT_EQ(opened.at("epoch").integer, 12);
}

TEST_P(Objects, PlainDataSpelledAsCallsIsPlainData) {
  Opened opened(GetParam());
  EXPECT_EQ(opened.at("set").kind, PickleKind::kSet);
  EXPECT_EQ(opened.at("set").items.size(), 2U);
  EXPECT_EQ(opened.at("frozen").items[0]->integer, 3);
  EXPECT_EQ(opened.at("bytes").text, std::string("\x00\xff", 2));
  EXPECT_EQ(opened.at("bytearray").text, "ab");
  EXPECT_EQ(opened.at("size").kind, PickleKind::kTuple);
  EXPECT_EQ(opened.at("size").items[1]->integer, 3);
  EXPECT_EQ(opened.at("counts").get("a")->integer, 2);
  EXPECT_EQ(opened.at("long").integer, std::int64_t{1} << 40);
}

TEST_P(Objects, OtherObjectsKeepTheirClassAndState) {
  Opened opened(GetParam());
  EXPECT_EQ(opened.at("args").class_name(), "argparse.Namespace");
  EXPECT_EQ(opened.at("args").state->get("rate")->real, 0.1);
  EXPECT_TRUE(opened.at("dtype").is_global("torch", "float16"));
}

TEST_P(Objects, ACycleIsKeptAndNotFollowed) {
  Opened opened(GetParam());
  EXPECT_EQ(opened.at("cycle").get("self"), &opened.at("cycle"));
}

TEST(TorchObjects, ABarePickleIsRead) {
  for (const char* name : {"arrays.pkl", "arrays_5.pkl"}) {
    Opened opened(name);
    ASSERT_TRUE(opened.objects) << opened.objects.error().message;
    EXPECT_THAT(opened.objects->tensor(*opened.at("model").get("weights"))->values<float>(), ElementsAre(0, 1, 2, 3));
  }
}

TEST(TorchObjects, TensorsOutliveTheObjects) {
  const auto file = std::make_shared<const std::string>(objects_fixture("state_dict.pth"));
  Tensor tensor;
  {
    auto objects = TorchObjects::read(std::as_bytes(std::span(*file)), file);
    tensor = objects->tensor(*objects->root().get("matrix")).value();
  }
  EXPECT_EQ(tensor.values<float>()[5], 5.0F);
  EXPECT_EQ(file.use_count(), 2);
}

Result<TorchCheckpoint> checkpoint(const std::string& file) {
  return read_torch_checkpoint(std::as_bytes(std::span(file)));
}

TEST(TorchCheckpoint, SaysThatQuantizedTensorsWereChanged) {
  const std::string file = objects_fixture("quantized.pth");
  const auto read = checkpoint(file);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(read->notes, ElementsAre(HasSubstr("2 quantized tensors became float32")));
}

TEST(TorchCheckpoint, AWholeModuleHasTheNamesOfItsStateDict) {
  for (const char* name : {"sequential.pth", "sequential_legacy.pth"}) {
    const std::string file = objects_fixture(name);
    const auto read = checkpoint(file);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->tensors.front().name, "0.weight");
    EXPECT_NE(find_tensor(read->tensors, "1.running_mean"), nullptr);
    EXPECT_EQ(find_tensor(read->tensors, "4.weight")->shape(), Shape({3, 8}));
    ASSERT_TRUE(read->module);
    EXPECT_EQ(read->module->class_name, "torch.nn.modules.container.Sequential");
    ASSERT_EQ(read->module->children.size(), 5U);
    const TorchModule& convolution = read->module->children[0];
    EXPECT_THAT(*convolution.setting<std::vector<std::int64_t>>("kernel_size"), ElementsAre(3, 3));
    EXPECT_EQ(read->module->children[3].children[1].class_name, "torch.nn.modules.flatten.Flatten");
  }
}

TEST(TorchCheckpoint, BuffersThatAreNotPersistentAreLeftOut) {
  const std::string file = objects_fixture("own_class.pth");
  const auto read = checkpoint(file);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->module->class_name, "train.Own");
  EXPECT_NE(find_tensor(read->tensors, "kept"), nullptr);
  EXPECT_EQ(find_tensor(read->tensors, "passing"), nullptr);
  EXPECT_THAT(read->foreign_globals, testing::Contains("train.Own"));
}

TEST(TorchCheckpoint, EveryTruncationOfALegacyFileIsRefused) {
  const std::string file = objects_fixture("legacy.pth");
  for (std::size_t size = 0; size < file.size(); ++size) EXPECT_FALSE(checkpoint(file.substr(0, size))) << size;
}

TEST(TorchCheckpoint, ATarOfTheFirstTorchIsRefusedByName) {
  std::string file(512, '\0');
  file.replace(257, 5, "ustar");
  EXPECT_THAT(checkpoint(file).error().message, HasSubstr("torch before 0.1.12"));
}

}  // namespace
}  // namespace tandem
