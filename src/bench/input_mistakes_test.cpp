// SPDX-License-Identifier: Apache-2.0
// Models that were given the wrong pictures are found out.
#include "bench/input_mistakes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "bench/session_side.h"
#include "support/fake_clock.h"
#include "support/fake_engine.h"

namespace tandem::bench {
namespace {

using testing::HasSubstr;

ModelInfo picture_model() {
  ModelInfo info;
  info.inputs.push_back({"x", DType::kFloat32, {{Dim::fixed(1), Dim::fixed(3), Dim::fixed(2), Dim::fixed(2)}}});
  info.outputs.push_back({"y", DType::kFloat32, {{Dim::fixed(1), Dim::fixed(3)}}});
  return info;
}

/// y[c] = (c + 1) times the sum of channel c, after `before` was done to each value; `order` says which channel is c.
FakeSession make_session(std::array<std::size_t, 3> order, std::function<float(float)> before) {
  return FakeSession(picture_model(), [=](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
    const auto x = inputs[0].values<float>();
    std::array<float, 3> y{};
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < 4; ++i) y[c] += static_cast<float>(c + 1) * before(x[order[c] * 4 + i]);
    }
    outputs[0] = TRY(Tensor::from<float>({1, 3}, y));
    return {};
  });
}

std::optional<std::string> find(FakeSession other_session) {
  const FakeClock clock;
  FakeSession reference_session = make_session({0, 1, 2}, [](float x) { return x; });
  SessionSide reference(reference_session, clock);
  SessionSide other(other_session, clock);
  std::vector<std::vector<Tensor>> sets(1);
  std::array<float, 12> x{};
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.05F * static_cast<float>(i * i % 11) + 0.02F;
  sets[0].push_back(*Tensor::from<float>({1, 3, 2, 2}, x));
  EXPECT_TRUE(reference.prepare(picture_model(), sets));
  EXPECT_TRUE(other.prepare(picture_model(), sets));
  const auto found = find_input_mistake(reference, other, sets[0], 1e-4);
  EXPECT_TRUE(found);
  return found.value_or(std::nullopt);
}

TEST(InputMistakes, FindsSwappedChannels) {
  // The second one was trained on BGR: it expects blue first.
  const auto found = find(make_session({2, 1, 0}, [](float x) { return x; }));
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, HasSubstr("RGB and BGR"));
}

TEST(InputMistakes, FindsBytesInPlaceOfShares) {
  const auto found = find(make_session({0, 1, 2}, [](float x) { return x / 255; }));
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, HasSubstr("0 to 255"));
}

TEST(InputMistakes, FindsNothingInAnotherModel) {
  EXPECT_FALSE(find(make_session({0, 1, 2}, [](float x) { return x * x; })));
}

}  // namespace
}  // namespace tandem::bench
