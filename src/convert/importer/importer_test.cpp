// SPDX-License-Identifier: Apache-2.0
// A file goes to the reader of its content, and what is no model is refused with its path.
#include "convert/importer/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "convert/importer/checkpoint_report.h"
#include "convert/importer/network_report.h"
#include "support/temp_dir.h"

namespace tandem::convert {
namespace {

using ::testing::HasSubstr;

TEST(Importer, ReadsAStateDict) {
  const auto imported =
      import_model(TANDEM_SOURCE_DIR "/models/checkpoints/segmentation_transunet_phantom_20261121.pth");
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_EQ(imported->format, "PyTorch zip");
  EXPECT_EQ(imported->conversion.network, "TransUNet");
}

const std::string kTorch = TANDEM_SOURCE_DIR "/tests/data/torch/";

TEST(Importer, RebuildsAPickledSequential) {
  ConvertOptions options;
  options.input_shapes = {{"input", {-1, 1, 4, 4}}};
  const auto imported = import_model(kTorch + "sequential_legacy.pth", options);
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_EQ(imported->format, "PyTorch legacy");
  EXPECT_EQ(imported->conversion.network, "nn.Sequential");
}

TEST(Importer, AdvisesHowToExportAModuleOfTheUsersOwn) {
  const auto imported = import_model(kTorch + "own_class.pth");
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code, Code::kUnimplemented);
  EXPECT_THAT(imported.error().message, HasSubstr("class train.Own"));
  EXPECT_THAT(imported.error().message, HasSubstr("torch.export.save("));
}

TEST(Importer, AFileOfCodeAloneIsReportedOn) {
  const TempDir folder;
  const auto path = folder.path() / "evil.pth";
  ASSERT_TRUE(write_file_atomic(path, std::string_view("\x80\x02"
                                                       "cos\nsystem\nX\x02\x00\x00\x00id\x85R.",
                                                       23)));
  const auto report = inspect_checkpoint(path);
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->foreign_code.size(), 1U);
  EXPECT_EQ(to_string(report->foreign_code[0]), "os.system: runs a command of the system ('id')");
  EXPECT_THAT(report->not_convertible, HasSubstr("no tensors"));
  EXPECT_THAT(checkpoint_as_json(*report, path), HasSubstr("\"harmful\": true"));
}

TEST(Importer, SaysOfAnyOtherFileThatItIsNoCheckpoint) {
  const TempDir folder;
  const auto path = folder.path() / "notes.pth";
  ASSERT_TRUE(write_file_atomic(path, "these are my notes"));
  const auto imported = import_model(path);
  ASSERT_FALSE(imported);
  EXPECT_THAT(imported.error().message, HasSubstr(path.string()));
  EXPECT_THAT(imported.error().message, HasSubstr("not a checkpoint"));
}

std::string report_on(const std::string& fixture) {
  const std::filesystem::path path = TANDEM_SOURCE_DIR "/tests/conformance/convert/" + fixture;
  const auto file = MappedFile::open(path);
  if (!file) return file.error().message;
  const auto report = network_as_json(path.filename(), file->bytes());
  return report ? *report : report.error().message;
}

TEST(NetworkReport, TellsTheOperatorsOfAProgram) {
  const std::string report = report_on("pt2/branches.pt2");
  EXPECT_THAT(report, HasSubstr("\"format\": \"pt2\""));
  EXPECT_THAT(report, HasSubstr("\"higher_order::cond\""));
  EXPECT_THAT(report, HasSubstr("\"unknown_operators\": []"));
}

TEST(NetworkReport, TellsTheLayersOfKeras) {
  EXPECT_THAT(report_on("keras/keras2_layers.h5"), HasSubstr("\"SeparableConv2D\": 1"));
}

TEST(NetworkReport, RefusesWeightsAlone) {
  EXPECT_THAT(report_on("keras/dense.npz"), HasSubstr("dense.npz: the file holds no network"));
}

TEST(CheckpointReport, TellsWhichTensorsLieInTheSameMemory) {
  const std::vector<float> values = {1, 2};
  const std::vector<float> others = {1, 2};
  Checkpoint checkpoint;
  const auto add = [&](std::string name, const std::vector<float>& data) {
    Tensor tensor = Tensor::borrow(DType::kFloat32, {2}, std::as_bytes(std::span(data))).value();
    checkpoint.tensors.push_back({std::move(name), std::move(tensor)});
  };
  add("embedding", values);
  add("other", others);
  add("head", values);
  EXPECT_THAT(shared_with(checkpoint), testing::ElementsAre("", "", "embedding"));
}

}  // namespace
}  // namespace tandem::convert
