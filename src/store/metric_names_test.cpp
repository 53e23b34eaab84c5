// SPDX-License-Identifier: Apache-2.0
// The words that say which way is better.
#include "store/metric_names.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

struct NameCase {
  std::string_view name;
  Better better;
};
class MetricName : public testing::TestWithParam<NameCase> {};
TEST_P(MetricName, SaysWhichWayIsBetter) { EXPECT_EQ(better_direction(GetParam().name), GetParam().better); }
INSTANTIATE_TEST_SUITE_P(
    Names, MetricName,
    testing::Values(NameCase{"accuracy", Better::kLarger}, NameCase{"artery_dice_mean", Better::kLarger},
                    NameCase{"vein_dice_p5", Better::kLarger}, NameCase{"cac_pearson", Better::kLarger},
                    NameCase{"mAP50", Better::kLarger}, NameCase{"BLEU-4", Better::kLarger},
                    NameCase{"F1", Better::kLarger}, NameCase{"top5", Better::kLarger},
                    NameCase{"throughput_items_per_s", Better::kLarger}, NameCase{"cac_mae", Better::kSmaller},
                    NameCase{"cac_p95_error", Better::kSmaller}, NameCase{"vein_missed_share", Better::kSmaller},
                    NameCase{"cac_wrong_side_of_0.94", Better::kSmaller}, NameCase{"top1_error", Better::kSmaller},
                    NameCase{"p50_ms", Better::kSmaller}, NameCase{"weights_bytes", Better::kSmaller},
                    NameCase{"hd95", Better::kSmaller}, NameCase{"count", Better::kUnknown},
                    NameCase{"vein_visible_count", Better::kUnknown}, NameCase{"correct", Better::kUnknown},
                    NameCase{"load_average_1m", Better::kUnknown}, NameCase{"terror", Better::kUnknown},
                    NameCase{"", Better::kUnknown}, NameCase{"___", Better::kUnknown}));

}  // namespace
}  // namespace tandem
