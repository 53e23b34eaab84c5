// SPDX-License-Identifier: Apache-2.0
// Configs and file names of optimized models.
#include "app/optimize/optimize_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace tandem::app {
namespace {

using ::testing::HasSubstr;

Network variant(std::string label, std::vector<std::string> parts) {
  Network network;
  network.label = std::move(label);
  network.precision = "int8";
  for (std::string& part : parts) {
    NetworkPart made;
    made.name = "net";
    made.part = std::move(part);
    made.onnx = std::make_shared<const std::string>("bytes");
    made.config = "schema: 1\nprecision: fp32\n";
    network.parts.push_back(std::move(made));
  }
  return network;
}

TEST(DeriveConfig, ThePrecisionIsReplacedAndTheRestStays) {
  EXPECT_EQ(derive_config("# why\nschema: 1\nprecision: fp32 # old\ntask: x\n", "int8", ""),
            "# why\nschema: 1\nprecision: int8\ntask: x\n");
}

TEST(DeriveConfig, AConfigWithoutAPrecisionGetsOne) {
  EXPECT_EQ(derive_config("schema: 1", "fp16", ""), "schema: 1\nprecision: fp16\n");
}

TEST(DeriveConfig, TheStepIsTheOptimizedOne) {
  EXPECT_EQ(derive_config("precision: fp32\ncaption:\n  step: old\n", "fp16", "new"),
            "precision: fp16\ncaption:\n  step: \"new\"\n");
}

TEST(DeriveConfig, NoConfigStaysNone) { EXPECT_EQ(derive_config("", "int8", "step"), ""); }

TEST(VariantPath, OneVariantIsTheFileItself) {
  EXPECT_EQ(variant_path("a/out.onnx", variant("int8-static", {""}), true), "a/out.onnx");
}

TEST(VariantPath, SeveralHaveTheirLabels) {
  EXPECT_EQ(variant_path("a/out.onnx", variant("int8-static", {""}), false), "a/out-int8-static.onnx");
  EXPECT_EQ(variant_path("segmentation_net_set_20261121.onnx", variant("fp16", {""}), false),
            "segmentation_net-fp16_set_20261121.onnx");
}

TEST(WriteFiles, ConfigsStandBesideTheModels) {
  const TempDir folder;
  const auto written = write_files(variant("fp16", {"encoder", "step"}), folder.path() / "out.onnx");
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->size(), 4U);
  for (const char* name : {"out-encoder.onnx", "out-step.onnx", "out-encoder.yaml", "out-step.yaml"}) {
    EXPECT_TRUE(std::filesystem::exists(folder.path() / name)) << name;
  }
}

TEST(CheckFree, AFileInTheWayIsNamed) {
  const TempDir folder;
  const std::vector<Network> variants = [] {
    std::vector<Network> made;
    made.push_back(variant("fp16", {""}));
    return made;
  }();
  OutputFlags flags;
  flags.output = (folder.path() / "out.onnx").string();
  EXPECT_TRUE(check_free(variants, flags));
  ASSERT_TRUE(write_files(variants[0], flags.output));
  const Status refused = check_free(variants, flags);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("out.onnx exists already"));
  flags.overwrite = true;
  EXPECT_TRUE(check_free(variants, flags));
}

TEST(CheckFree, AFolderThatIsNotThereIsNamed) {
  OutputFlags flags;
  flags.output = "/no/such/folder/out.onnx";
  const Status refused = check_free({}, flags);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("/no/such/folder"));
}

}  // namespace
}  // namespace tandem::app
