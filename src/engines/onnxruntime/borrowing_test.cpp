// SPDX-License-Identifier: Apache-2.0
// Weights that stay with the caller: they are used, they are not copied, and all of them must be given.
#include <gtest/gtest.h>

#include <numeric>

#include "engine/weight_borrower.h"
#include "engines/onnxruntime/onnxruntime_engine.h"
#include "support/onnx_bytes.h"

namespace tandem::onnxruntime {
namespace {

constexpr std::int64_t kWidth = 300;

/// A TensorProto whose elements lie in the file "weights".
std::string external(std::string_view name) {
  using onnx_bytes::bytes;
  using onnx_bytes::integer;
  const auto entry = [](std::string_view key, std::string_view value) { return bytes(1, key) + bytes(2, value); };
  return integer(1, kWidth) + integer(2, 1) + bytes(8, name) + bytes(13, entry("location", "weights")) +
         bytes(13, entry("offset", "0")) + bytes(13, entry("length", std::to_string(4 * kWidth))) + integer(14, 1);
}

/// y = x + w, of which w lies outside
std::string borrowing_model() {
  using onnx_bytes::value;
  return onnx_bytes::model({{onnx_bytes::node("Add", {"x", "w"}, {"y"})},
                            {value("x", DType::kFloat32, {kWidth})},
                            {value("y", DType::kFloat32, {kWidth})},
                            {external("w")}});
}

class Borrowing : public testing::Test {
 protected:
  Borrowing() : numbers_(kWidth) { std::iota(numbers_.begin(), numbers_.end(), 0.0F); }
  Result<std::unique_ptr<Session>> load(std::span<const BorrowedWeight> weights) {
    const std::string message = borrowing_model();
    return dynamic_cast<WeightBorrower&>(*engine_).load_borrowing(onnx_bytes::as_bytes(message), weights);
  }
  float last_output(Session& session) {
    std::vector<Tensor> inputs;
    inputs.push_back(Tensor::from<float>({kWidth}, std::vector<float>(kWidth, 0.5F)).value());
    return session.run(inputs).value().front().values<float>().back();
  }

  std::unique_ptr<Engine> engine_ = make_onnxruntime_engine();
  std::vector<float> numbers_;
};

TEST_F(Borrowing, TheCallersNumbersAreUsed) {
  const Tensor weight = Tensor::borrow(DType::kFloat32, {kWidth}, std::as_bytes(std::span(numbers_))).value();
  const std::vector<BorrowedWeight> weights = {{"w", &weight}};
  const auto session = load(weights);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(last_output(**session), 299.5F);
}

TEST_F(Borrowing, TheyAreNotCopied) {
  const Tensor weight = Tensor::borrow(DType::kFloat32, {kWidth}, std::as_bytes(std::span(numbers_))).value();
  const std::vector<BorrowedWeight> weights = {{"w", &weight}};
  const auto session = load(weights);
  ASSERT_TRUE(session) << session.error().message;
  numbers_.back() = 1000;
  EXPECT_EQ(last_output(**session), 1000.5F);
}

TEST_F(Borrowing, AWeightThatIsNotGivenIsAnError) { EXPECT_FALSE(load({})); }

}  // namespace
}  // namespace tandem::onnxruntime
