// SPDX-License-Identifier: Apache-2.0
// The steps of a conversion and what ends them, with an engine that takes everything.
#include "convert/checked/checked_conversion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "graph/onnx_reader.h"
#include "support/fake_engine.h"
#include "support/temp_dir.h"

namespace tandem::convert {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class CheckedConversion : public testing::Test {
 protected:
  CheckedConversion() {
    engines_.add(std::make_unique<FakeEngine>("onnxruntime", ".onnx", Status()));
    request_.checkpoint = TANDEM_SOURCE_DIR "/models/checkpoints/segmentation_transunet_phantom_20261121.pth";
    request_.output = folder_.path() / "carotid.onnx";
    request_.program_version = "1.2.3";
  }

  TempDir folder_;
  EngineRegistry engines_;
  ConversionRequest request_;
};

TEST_F(CheckedConversion, WritesTheModelAndItsConfig) {
  const auto outcome = convert_checkpoint(request_, engines_);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_THAT(outcome->files, ElementsAre(folder_.path() / "carotid.onnx", folder_.path() / "carotid.yaml"));
  EXPECT_TRUE(fs::is_regular_file(folder_.path() / "carotid.onnx"));
}

TEST_F(CheckedConversion, ReportsEachStepInItsOrder) {
  std::vector<std::size_t> steps;
  ASSERT_TRUE(convert_checkpoint(request_, engines_, [&](std::size_t step) {
    steps.push_back(step);
    return Status();
  }));
  EXPECT_THAT(steps, ElementsAre(0, 1, 2, 3));
}

TEST_F(CheckedConversion, WritesNothingWhenTheReporterEndsIt) {
  const auto outcome = convert_checkpoint(request_, engines_, [](std::size_t step) -> Status {
    if (step == 3) return fail(Code::kCancelled, "cancelled");
    return {};
  });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::kCancelled);
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST_F(CheckedConversion, DoesNotOverwriteUnasked) {
  ASSERT_TRUE(write_file_atomic(request_.output, "mine"));
  const auto outcome = convert_checkpoint(request_, engines_);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::kAlreadyExists);
  EXPECT_EQ(read_file(request_.output).value(), "mine");
}

TEST_F(CheckedConversion, TellsWhatThePassesDid) {
  const auto outcome = convert_checkpoint(request_, engines_);
  ASSERT_TRUE(outcome) << outcome.error().message;
  const auto json = nlohmann::json::parse(outcome_as_json(*outcome));
  EXPECT_LE(json["simplified"][0]["nodes_after"], json["simplified"][0]["nodes_before"]);
  EXPECT_EQ(json["simplified"][0]["passes"][0]["name"], "identities");
}

TEST_F(CheckedConversion, RunsNoPassesWhenTheyAreSwitchedOff) {
  request_.passes.enabled = false;
  const auto outcome = convert_checkpoint(request_, engines_);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->passes[0].passes.empty());
}

TEST_F(CheckedConversion, WritesTheOpsetThatWasAskedFor) {
  request_.options.opset = 13;
  ASSERT_TRUE(convert_checkpoint(request_, engines_));
  const std::string bytes = read_file(request_.output).value();
  EXPECT_EQ(read_onnx(std::as_bytes(std::span(bytes)))->opset(), 13);
}

TEST_F(CheckedConversion, SaysAsJsonWhatItFound) {
  const auto outcome = convert_checkpoint(request_, engines_);
  ASSERT_TRUE(outcome) << outcome.error().message;
  const auto json = nlohmann::json::parse(outcome_as_json(*outcome));
  EXPECT_EQ(json["network"], "TransUNet");
  EXPECT_EQ(json["task"], "segmentation");
  EXPECT_EQ(json["facts"]["classes"], "3");
}

}  // namespace
}  // namespace tandem::convert
