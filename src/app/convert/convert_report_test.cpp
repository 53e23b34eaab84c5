// SPDX-License-Identifier: Apache-2.0
// What is said of several checkpoints, of which some failed.
#include "app/convert/convert_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::app {
namespace {

using ::testing::HasSubstr;

std::vector<ConvertedFile> one_of_two() {
  std::vector<ConvertedFile> files(2);
  files[0].checkpoint = "folder/good.pth";
  files[0].outcome.emplace();
  files[0].outcome->conversion.network = "ResNet";
  files[0].outcome->models.push_back({"", {}, {}, 17, 49, 4'000'000, {}});
  files[0].outcome->check.parity.push_back({"output", 1e-6, 2, true});
  files[1].checkpoint = "folder/bad.pth";
  files[1].error = "folder/bad.pth: this is no checkpoint";
  return files;
}

TEST(ConversionTable, HasARowEachAndTheErrorsBelow) {
  const std::string table = summary_table(one_of_two());
  EXPECT_THAT(table, HasSubstr("good.pth  ResNet       49     4.00 MB    5.0e-07"));
  EXPECT_THAT(table, HasSubstr("bad.pth   failed"));
  EXPECT_THAT(table, HasSubstr("\nfolder/bad.pth: this is no checkpoint\n"));
}

TEST(ConversionTable, AsJsonSaysWhichFailed) {
  const auto json = nlohmann::json::parse(reports_as_json(one_of_two()));
  EXPECT_EQ(json[0]["network"], "ResNet");
  EXPECT_EQ(json[0]["models"][0]["nodes"], 49);
  EXPECT_EQ(json[1]["error"], "folder/bad.pth: this is no checkpoint");
}

TEST(ConversionReport, SaysWhatWasStored) {
  const auto files = one_of_two();
  const auto json = nlohmann::json::parse(report_as_json(*files[0].outcome, {{"a_b_c_20261121", 2, ""}}, "models"));
  EXPECT_EQ(json["stored"][0]["version"], 2);
  EXPECT_EQ(json["store"], "models");
  EXPECT_TRUE(json["files"].empty());
}

}  // namespace
}  // namespace tandem::app
