// SPDX-License-Identifier: Apache-2.0
// Facts about the cache of answers.
#include "serve/cache/response_cache.h"

#include <gtest/gtest.h>

#include <array>

#include "support/fake_inference_service.h"

namespace tandem::serve {
namespace {

Tensor floats(std::vector<float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return Tensor::from<float>({count}, std::span<const float>(values)).value();
}

std::shared_ptr<const ServedModel> make_model(std::string name = "m") {
  return std::make_shared<const ServedModel>(
      FakeInferenceService::one_to_one(std::move(name), DType::kFloat32, {Dim::symbol("n")}));
}

CacheKey key_of(const ServedModel& model, Tensor input) {
  const std::array<Tensor, 1> inputs{std::move(input)};
  return cache_key(model, inputs);
}

void insert(ResponseCache& cache, const std::shared_ptr<const ServedModel>& model, const CacheKey& key, Tensor output) {
  const std::array<Tensor, 1> outputs{std::move(output)};
  cache.insert(model, key, outputs);
}

TEST(CacheKey, IsThatOfTheContent) {
  const auto model = make_model();
  EXPECT_EQ(key_of(*model, floats({1, 2})), key_of(*model, floats({1, 2})));
  EXPECT_NE(key_of(*model, floats({1, 2})), key_of(*model, floats({1, 3})));
}

TEST(CacheKey, KnowsShapeTypeAndModel) {
  const auto model = make_model();
  const CacheKey key = key_of(*model, floats({1, 2}));
  EXPECT_NE(key, key_of(*model, floats({1, 2}).reshaped({1, 2}).value()));
  EXPECT_NE(key, key_of(*make_model("other"), floats({1, 2})));
}

TEST(CacheKey, TellsStringsApartThatRunTogether) {
  const auto model = make_model();
  EXPECT_NE(key_of(*model, Tensor::from_strings({2}, {"ab", "c"}).value()),
            key_of(*model, Tensor::from_strings({2}, {"a", "bc"}).value()));
}

TEST(ResponseCache, FindsWhatWasPutIn) {
  ResponseCache cache(1 << 20);
  const auto model = make_model();
  const CacheKey key = key_of(*model, floats({1}));
  EXPECT_FALSE(cache.find(model, key));
  insert(cache, model, key, floats({7}));
  const auto found = cache.find(model, key);
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)[0].values<float>()[0], 7);
}

TEST(ResponseCache, NeverAnswersForAModelThatWasLoadedAnew) {
  ResponseCache cache(1 << 20);
  auto model = make_model();
  const CacheKey key = key_of(*model, floats({1}));
  insert(cache, model, key, floats({7}));
  model = make_model();
  EXPECT_FALSE(cache.find(model, key));
  EXPECT_EQ(cache.state().entries, 0u);
}

TEST(ResponseCache, StaysWithinItsLimit) {
  constexpr std::uint64_t kLimit = 64 << 10;
  ResponseCache cache(kLimit);
  const auto model = make_model();
  for (int i = 0; i < 500; ++i) {
    insert(cache, model, key_of(*model, floats({static_cast<float>(i)})), floats(std::vector<float>(100)));
  }
  EXPECT_LE(cache.state().bytes, kLimit);
  EXPECT_GT(cache.state().entries, 30u);
  EXPECT_EQ(cache.state().entries + cache.state().evictions, 500u);
}

TEST(ResponseCache, ForgetsWhatWasUsedLeastRecently) {
  ResponseCache cache(64 << 10);
  const auto model = make_model();
  const CacheKey used = key_of(*model, floats({-1}));
  insert(cache, model, used, floats({7}));
  for (int i = 0; i < 500; ++i) {
    insert(cache, model, key_of(*model, floats({static_cast<float>(i)})), floats(std::vector<float>(100)));
    ASSERT_TRUE(cache.find(model, used)) << i;
  }
}

TEST(ResponseCache, DoesNotKeepWhatIsLargerThanItsShare) {
  ResponseCache cache(8 << 10);
  const auto model = make_model();
  const CacheKey key = key_of(*model, floats({1}));
  insert(cache, model, key, floats(std::vector<float>(1000)));
  EXPECT_FALSE(cache.find(model, key));
}

}  // namespace
}  // namespace tandem::serve
