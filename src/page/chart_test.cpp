// SPDX-License-Identifier: Apache-2.0
// Axes have round numbers, and names stay text.
#include "page/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace tandem {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::SizeIs;

std::vector<std::string> texts(const ChartAxis& axis) {
  std::vector<std::string> texts;
  for (const double tick : axis.ticks) texts.push_back(tick_text(tick));
  return texts;
}

TEST(Chart, WidensALinearAxisToRoundNumbers) {
  const ChartAxis axis = linear_axis(0.3, 9.7, 0, 100);
  EXPECT_THAT(texts(axis), ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"));
  EXPECT_DOUBLE_EQ(axis.place(5), 50);
}

TEST(Chart, DrawsValuesOutsideAtTheEdge) {
  const ChartAxis axis = linear_axis(0, 10, 0, 100);
  EXPECT_EQ(axis.place(-5), 0);
  EXPECT_EQ(axis.place(50), 100);
}

TEST(Chart, HasTicksOnALogarithmicAxis) {
  EXPECT_THAT(texts(log_axis(0.9, 12, 0, 1)), ElementsAre("1", "2", "5", "10"));
  EXPECT_THAT(texts(log_axis(0.97, 1.04, 0, 1)), SizeIs(AllOf(Ge(3U), Le(10U))));
  EXPECT_THAT(texts(log_axis(1e-3, 1e6, 0, 1)),
              ElementsAre("0.001", "0.01", "0.1", "1", "10", "100", "1000", "10000", "100000", "1e+06"));
}

TEST(Chart, PlacesByTheLogarithm) { EXPECT_NEAR(log_axis(1, 100, 0, 100).place(10), 50, 1e-9); }

TEST(Chart, OfOneValueStillHasAWidth) {
  EXPECT_GT(linear_axis(3, 3, 0, 1).high, 3);
  EXPECT_GT(log_axis(3, 3, 0, 1).high, 3);
}

TEST(Chart, LetsNoNameBecomeMarkup) {
  const std::array<std::string, 1> names{"<script>"};
  EXPECT_THAT(make_legend(names), HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(make_picture(1, 1, "\"", ""), HasSubstr("&quot;"));
}

}  // namespace
}  // namespace tandem
