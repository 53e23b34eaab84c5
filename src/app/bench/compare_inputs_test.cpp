// SPDX-License-Identifier: Apache-2.0
// Random sets, files, images.
#include "app/bench/compare_inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/run/tensor_files.h"
#include "bench/random_inputs.h"
#include "support/fake_engine.h"
#include "support/temp_dir.h"

namespace tandem::app {
namespace {

const std::filesystem::path kStore = TANDEM_SOURCE_DIR "/models";

TEST(CompareInputs, AreEightDifferentRandomSets) {
  const auto sets = make_input_sets(fake_vector_model(4), {.files = {}, .config = {}, .batch = 3});
  ASSERT_TRUE(sets) << sets.error().message;
  ASSERT_EQ(sets->size(), bench::kRandomSets);
  EXPECT_EQ(sets->at(0).at(0).shape(), (Shape{3, 4}));
  EXPECT_NE(sets->at(0).at(0).values<float>()[0], sets->at(1).at(0).values<float>()[0]);
}

TEST(CompareInputs, AreOneSetAFile) {
  const TempDir folder;
  std::vector<std::string> files;
  for (const char* name : {"a.npy", "b.npy"}) {
    files.push_back((folder.path() / name).string());
    ASSERT_TRUE(write_tensor(files.back(), *Tensor::allocate(DType::kFloat32, {1, 4})));
  }
  EXPECT_EQ(make_input_sets(fake_vector_model(4), {.files = files, .config = {}})->size(), 2U);
}

TEST(CompareInputs, AreOneSetOfAllNamedFiles) {
  const TempDir folder;
  const std::string file = (folder.path() / "a.npy").string();
  ASSERT_TRUE(write_tensor(file, *Tensor::allocate(DType::kFloat32, {1, 4})));
  EXPECT_EQ(make_input_sets(fake_vector_model(4), {.files = {"x=" + file}, .config = {}})->size(), 1U);
}

TEST(CompareInputs, OfAnImageNeedAConfig) {
  const std::string image = (kStore / "samples/digit_7.png").string();
  ModelInfo digits;
  digits.inputs = {{"input", DType::kFloat32, {{Dim::symbol("batch"), Dim::fixed(1), Dim::fixed(8), Dim::fixed(8)}}}};
  digits.outputs = {{"output", DType::kFloat32, {{Dim::symbol("batch"), Dim::fixed(10)}}}};
  const auto without = make_input_sets(digits, {.files = {image}, .config = {}});
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().code, Code::kFailedPrecondition);
  const auto with =
      make_input_sets(digits, {.files = {image}, .config = kStore / "configs/classification_cnn_digits_20261121.yaml"});
  ASSERT_TRUE(with) << with.error().message;
  EXPECT_EQ(with->at(0).at(0).shape(), (Shape{1, 1, 8, 8}));
}

TEST(CompareInputs, NameTheFileThatIsWrong) {
  const auto sets = make_input_sets(fake_vector_model(4), {.files = {"no-such.npy"}, .config = {}});
  ASSERT_FALSE(sets);
  EXPECT_THAT(sets.error().message, testing::HasSubstr("no-such.npy"));
}

}  // namespace
}  // namespace tandem::app
