// SPDX-License-Identifier: Apache-2.0
// Arrays on the command line, matched to a model's inputs.
#include "app/run/tensor_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace tandem::app {
namespace {

class TensorFiles : public testing::Test {
 protected:
  std::string put(const std::string& name, Shape shape) {
    const auto file = folder_.path() / name;
    EXPECT_TRUE(write_tensor(file, *Tensor::allocate(DType::kFloat32, std::move(shape))));
    return file.string();
  }
  Result<std::vector<Tensor>> read(const std::vector<std::string>& arguments) {
    return read_tensors(specs_, arguments);
  }

  TempDir folder_;
  std::vector<TensorSpec> specs_ = {{"a", DType::kFloat32, {{Dim::symbol("batch"), Dim::fixed(2)}}},
                                    {"b", DType::kFloat32, {{Dim::symbol("batch"), Dim::fixed(3)}}}};
};

TEST_F(TensorFiles, GoToTheInputsTheyName) {
  const auto tensors = read({"b=" + put("b.npy", {1, 3}), "a=" + put("a.npy", {1, 2})});
  ASSERT_TRUE(tensors) << tensors.error().message;
  EXPECT_EQ((*tensors)[0].shape(), (Shape{1, 2}));
  EXPECT_EQ((*tensors)[1].shape(), (Shape{1, 3}));
}

TEST_F(TensorFiles, NeedNoNameWhenOneInputIsRequired) {
  specs_[1].optional = true;
  EXPECT_TRUE(read({put("a.npy", {1, 2})}));
}

TEST_F(TensorFiles, NeedANameWhenThereAreTwo) {
  EXPECT_THAT(read({put("a.npy", {1, 2})}).error().message, testing::HasSubstr("NAME=FILE.npy"));
}

TEST_F(TensorFiles, AreMissedByName) {
  EXPECT_THAT(read({"a=" + put("a.npy", {1, 2})}).error().message, testing::HasSubstr("'b' is missing"));
}

TEST_F(TensorFiles, AreRefusedTwice) {
  const std::string file = "a=" + put("a.npy", {1, 2});
  EXPECT_THAT(read({file, file}).error().message, testing::HasSubstr("twice"));
}

TEST_F(TensorFiles, MustFitTheModel) {
  EXPECT_EQ(read({"a=" + put("a.npy", {1, 5}), "b=" + put("b.npy", {1, 3})}).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace tandem::app
