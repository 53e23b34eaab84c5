// SPDX-License-Identifier: Apache-2.0
// Which integers pass.
#include "engines/openvino/input_range.h"

#include <gtest/gtest.h>

namespace tandem::openvino {
namespace {

template <typename T>
Status check_with(std::vector<T> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return check_fits_32_bits("ids", *Tensor::from<T>({count}, std::span<const T>(values)));
}

TEST(CheckFits32Bits, TakesWhatIsAnInt32) {
  EXPECT_TRUE(check_with<std::int64_t>({0, -1, 2'147'483'647, -2'147'483'648}));
  EXPECT_TRUE(check_with<std::uint64_t>({0, 2'147'483'647}));
  EXPECT_TRUE(check_with<std::int64_t>({}));
}

TEST(CheckFits32Bits, NamesTheElementThatIsTooLarge) {
  EXPECT_EQ(check_with<std::int64_t>({1, 2, 5'000'000'000, 6'000'000'000}).error().message,
            "input 'ids': element 2 is 5000000000, and OpenVINO computes 64-bit integers with 32 bits. Use the engine "
            "onnxruntime");
  EXPECT_FALSE(check_with<std::int64_t>({-2'147'483'649}));
  EXPECT_FALSE(check_with<std::uint64_t>({2'147'483'648}));
}

TEST(CheckFits32Bits, LooksAtNoOtherTypes) {
  EXPECT_TRUE(check_with<double>({1e300}));
  EXPECT_TRUE(check_with<std::uint32_t>({4'000'000'000}));
}

}  // namespace
}  // namespace tandem::openvino
