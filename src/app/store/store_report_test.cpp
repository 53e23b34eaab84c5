// SPDX-License-Identifier: Apache-2.0
// A store as a table, a model in full.
#include "app/store/store_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/writable_store.h"

namespace tandem::app {
namespace {

using testing::HasSubstr;

constexpr std::string_view kName = "classification_cnn_digits_20261121";

class StoreReport : public testing::Test {
 protected:
  StoreRow row(std::string_view name) {
    const Store store = store_.store();
    return make_row(store, *store.find(name), problem_);
  }
  StoreCard card(std::string_view name) const {
    const Store store = store_.store();
    return *make_card(store, *store.find(name));
  }
  void add(std::string_view weights, std::string_view metadata) {
    AddRequest request = store_.request(kName, weights, "schema: 1\ntask: classification\nprecision: int8\n");
    request.metadata = metadata;
    ASSERT_TRUE(store_.writer().add(request));
  }

  WritableStore store_;
  std::string problem_;
};

TEST_F(StoreReport, RowSaysVersionTaskSizePrecisionAndAccuracy) {
  add("12345", R"({"accuracy": {"accuracy": 0.99, "dataset": "digits", "count": 360}, "description": "one digit"})");
  const StoreRow row = this->row(kName);
  EXPECT_EQ(row.version, "1");
  EXPECT_EQ(row.task, "classification");
  EXPECT_EQ(row.size_bytes, 5U);
  EXPECT_EQ(row.precision, "int8");
  EXPECT_EQ(accuracy_text(*row.accuracy), "accuracy 0.99 (digits, 360)");
  EXPECT_EQ(row.description, "one digit");
}

TEST_F(StoreReport, RowOfDamagedMetadataSaysSoAndKeepsTheRest) {
  add("12345", "{}");
  store_.put("metadata/classification_cnn_digits_20261121.json", "{");
  const StoreRow row = this->row(kName);
  EXPECT_EQ(row.size_bytes, 5U);
  EXPECT_THAT(problem_, HasSubstr("classification_cnn_digits_20261121.json"));
}

TEST_F(StoreReport, TableCountsTheVersions) {
  add("1", "{}");
  add("2", "{}");
  const std::string text = rows_as_text({row(kName)}, {"weights/x: not a file"}, "models");
  EXPECT_THAT(text, HasSubstr("2 of 2"));
  EXPECT_THAT(text, HasSubstr("problem: weights/x"));
}

TEST_F(StoreReport, TableOfAnEmptyStoreSaysSo) {
  EXPECT_EQ(rows_as_text({}, {}, "models"), "the store models has no models\n");
}

TEST_F(StoreReport, RowsAsJsonHaveNullForWhatIsNotKnown) {
  store_.put("weights/a_b_c_20260101.onnx", "x");
  const auto document = nlohmann::json::parse(rows_as_json({row("a_b_c_20260101")}, {}, "models"));
  EXPECT_TRUE(document["models"][0]["accuracy"].is_null());
  EXPECT_TRUE(document["models"][0]["precision"].is_null());
  EXPECT_EQ(document["models"][0]["versions"], 0);
}

TEST_F(StoreReport, CardShowsEveryMemberOfTheMetadata) {
  add("1", R"({"limits": ["one digit", "no letters"], "training": {"hyper_parameters": {"epochs": 80}}})");
  const std::string text = card_as_text(card(kName));
  EXPECT_THAT(text, HasSubstr("one digit; no letters"));
  EXPECT_THAT(text, HasSubstr("hyper_parameters.epochs: 80"));
}

TEST_F(StoreReport, CardListsTheVersionsAndMarksTheCurrentOne) {
  add("1", "{}");
  add("2", "{}");
  EXPECT_THAT(card_as_text(card(kName)), testing::ContainsRegex("2  2026-.*current"));
  const auto document = nlohmann::json::parse(card_as_json(card(std::string(kName) + "@1")));
  EXPECT_EQ(document["version"], 1);
  EXPECT_EQ(document["versions"].size(), 2U);
  EXPECT_FALSE(document["versions"][0]["current"]);
}

TEST_F(StoreReport, CardOfAModelPutThereByHandNeedsNoMetadata) {
  store_.put("weights/a_b_c_20260101.onnx", "x");
  EXPECT_THAT(card_as_text(card("a_b_c_20260101")), HasSubstr("by hand"));
  EXPECT_TRUE(nlohmann::json::parse(card_as_json(card("a_b_c_20260101")))["config"].is_null());
}

}  // namespace
}  // namespace tandem::app
