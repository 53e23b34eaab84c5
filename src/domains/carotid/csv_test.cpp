// SPDX-License-Identifier: Apache-2.0
// The records, as docs/formats/carotid-csv.md describes them.
#include "domains/carotid/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"

namespace tandem::carotid {
namespace {

SequenceRow measured_row() {
  SequenceRow row;
  row.index = 7;
  row.time = std::chrono::milliseconds(700);
  row.name = "frame_7.png";
  row.measurement.artery = {VesselStatus::kMeasured, 300, {}, 20.5, 7, 300, 0.94, 0.65};
  row.measurement.confidence = 0.97;
  row.decision = {State::kArrest, Reason::kMedianHigh, 0.945, {5, 6, 7}};
  row.true_cac = 0.9412;
  return row;
}

std::vector<std::string> lines_of(const std::string& csv) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < csv.size();) {
    const std::size_t end = csv.find("\r\n", begin);
    lines.push_back(csv.substr(begin, end - begin));
    begin = end + 2;
  }
  return lines;
}

TEST(RowsAsCsv, HasOneRecordARowAfterTheHeader) {
  const std::vector<SequenceRow> rows = {measured_row(), measured_row()};
  EXPECT_EQ(lines_of(rows_as_csv(rows, false)).size(), 3U);
}

TEST(RowsAsCsv, WritesWhatIsKnown) {
  const std::vector<SequenceRow> rows = {measured_row()};
  EXPECT_EQ(lines_of(rows_as_csv(rows, true))[1],
            "7,0.700000,frame_7.png,arrest,median_high,0.945000,measured,0.940000,0.650000,20.5,7,300,"
            "absent,,,,,,mm,0.970000,0.941200");
}

TEST(RowsAsCsv, LeavesEmptyWhatIsNot) {
  const std::vector<SequenceRow> rows = {SequenceRow{}};
  EXPECT_EQ(lines_of(rows_as_csv(rows, false))[1],
            "0,0.000000,,searching,no_artery,,absent,,,,,,absent,,,,,,px,0.000000,");
}

TEST(RowsAsCsv, EveryRecordHasAsManyFieldsAsTheHeader) {
  const std::vector<SequenceRow> rows = {measured_row(), SequenceRow{}};
  for (const std::string& line : lines_of(rows_as_csv(rows, false))) {
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), 20) << line;
  }
}

TEST(RowsAsCsv, QuotesNamesThatNeedIt) {
  SequenceRow row = measured_row();
  row.name = "a,\"b\".png";
  const std::vector<SequenceRow> rows = {row};
  EXPECT_THAT(rows_as_csv(rows, false), testing::HasSubstr(",\"a,\"\"b\"\".png\","));
}

TEST(RowsAsCsv, EveryColumnIsDocumented) {
  const std::string page = *read_file(TANDEM_SOURCE_DIR "/docs/formats/carotid-csv.md");
  std::string header = lines_of(rows_as_csv({}, false))[0] + ",";
  for (std::size_t begin = 0; begin < header.size();) {
    const std::size_t end = header.find(',', begin);
    EXPECT_THAT(page, testing::HasSubstr("`" + header.substr(begin, end - begin) + "`"));
    begin = end + 1;
  }
}

}  // namespace
}  // namespace tandem::carotid
