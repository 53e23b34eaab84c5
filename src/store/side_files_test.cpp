// SPDX-License-Identifier: Apache-2.0
// Facts about golden vectors and rollouts of a store.
#include "store/side_files.h"

#include <gtest/gtest.h>

#include "support/writable_store.h"

namespace tandem {
namespace {

constexpr std::string_view kName = "classification_cnn_digits_20261121";
const std::string kFirst = std::string(kName) + "@1";

class SideFiles : public testing::Test {
 protected:
  void add_two() {
    ASSERT_TRUE(store_.add(kName, "one"));
    ASSERT_TRUE(store_.add(kName, "two"));
  }
  Status put(int version) {
    const std::string bytes = "npz";
    TRY(put_golden(store_.store(), kName, version, std::as_bytes(std::span(bytes))));
    return {};
  }
  std::filesystem::path found(int version) const { return find_golden(store_.store(), kName, version).value(); }
  std::filesystem::path file(int version) const { return golden_file(store_.folder(), kName, version); }

  WritableStore store_;
};

TEST_F(SideFiles, EachVersionHasAGoldenVectorOfItsOwn) {
  add_two();
  ASSERT_TRUE(put(1));
  EXPECT_EQ(WritableStore::read(found(1)), "npz");
  EXPECT_EQ(found(2), "");
  EXPECT_EQ(put(7).error().code, Code::kNotFound);
}

TEST_F(SideFiles, AVersionThatIsRemovedTakesItsGoldenVectorAlong) {
  add_two();
  ASSERT_TRUE(put(1));
  ASSERT_TRUE(store_.writer().remove(kFirst));
  EXPECT_FALSE(std::filesystem::exists(file(1)));
}

TEST_F(SideFiles, TheGoldenVectorOfAModelWithoutVersionsBecomesThatOfItsFirst) {
  store_.put("weights/" + std::string(kName) + ".onnx", "by hand");
  ASSERT_TRUE(put(0));
  EXPECT_EQ(found(1), file(0));
  ASSERT_TRUE(store_.add(kName, "two"));
  EXPECT_EQ(found(1), file(1));
  EXPECT_EQ(found(2), "");
}

TEST_F(SideFiles, FindsARollout) {
  EXPECT_EQ(find_rollout(store_.store(), kName).value(), "");
  std::filesystem::create_directories(store_.folder() / "rollouts");
  store_.put("rollouts/" + std::string(kName) + ".yaml", "schema: 1");
  EXPECT_EQ(WritableStore::read(find_rollout(store_.store(), kName).value()), "schema: 1");
  EXPECT_FALSE(find_rollout(store_.store(), "../outside"));
}

}  // namespace
}  // namespace tandem
