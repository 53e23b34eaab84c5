// SPDX-License-Identifier: Apache-2.0
// Messages come back as they were sent, and what is none is refused.
#include "bench/process/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace tandem::bench {
namespace {

using testing::HasSubstr;

ModelInfo some_model() {
  ModelInfo info;
  info.inputs.push_back({"x", DType::kFloat32, {{Dim::symbol("batch"), Dim::fixed(3), Dim{}}}, true});
  SymbolicShape anything;
  anything.unknown_rank = true;
  info.outputs.push_back({"y", DType::kString, anything});
  return info;
}

TEST(MeasureMessages, OfWhatToLoadComeBack) {
  LoadRequest request;
  request.engine = "onnxruntime";
  request.model = "/a/model.onnx";
  request.options = {Device::kCuda, 3, 5, 2, ComputePrecision::kBfloat16, true, GraphOptimization::kBasic, "/cache"};
  const auto back = parse_load(encode_load(request));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->engine, request.engine);
  EXPECT_EQ(back->model, request.model);
  EXPECT_EQ(encode_load(*back), encode_load(request));
  EXPECT_EQ(back->options.precision, ComputePrecision::kBfloat16);
  EXPECT_EQ(back->options.threads, 5);
}

TEST(MeasureMessages, OfWhatWasLoadedComeBack) {
  const LoadedContender loaded{some_model(), "onnxruntime", "1.31.1", "cpu", "/a/b.onnx", 4, 12.5, {1, 2, 3, 4}};
  const auto back = parse_loaded(encode_loaded(loaded));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, loaded);
}

TEST(MeasureMessages, OfTensorsComeBackWithTheirMemory) {
  std::vector<Tensor> tensors;
  tensors.push_back(*Tensor::from<float>({2, 1}, std::array<float, 2>{1, -3}));
  tensors.emplace_back();  // an optional input that is not given
  tensors.push_back(*Tensor::from_strings({2}, {"one", ""}));
  tensors.push_back(*Tensor::allocate(DType::kInt64, {0, 3}));
  const auto back = parse_tensors(encode_tensors(tensors));
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->size(), 4U);
  EXPECT_EQ((*back)[0].values<float>()[1], -3);
  EXPECT_TRUE((*back)[1].empty());
  EXPECT_EQ((*back)[2].strings()[0], "one");
  EXPECT_EQ((*back)[3].shape(), (Shape{0, 3}));
}

TEST(MeasureMessages, OfBlocksComeBack) {
  const auto back = parse_block(encode_block({{1.5, 2.5, 3}, 2.5, 0.007}));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->samples_ms, (std::vector<double>{1.5, 2.5, 3}));
  EXPECT_EQ(back->seconds, 0.007);
}

TEST(MeasureMessages, OfErrorsComeBack) {
  const Error error{Code::kNotFound, "there is no such file"};
  EXPECT_EQ(*parse_error(encode_error(error)), error);
}

TEST(MeasureMessages, RefuseATensorWithFewerBytesThanItsShapeNeeds) {
  std::string bytes = encode_tensors(std::vector<Tensor>{});
  // float32 [1000000] with 4 bytes
  bytes = std::string("\x0a\x0c\x08\x01\x10\xc0\x84\x3d\x1a\x04\0\0\0\0", 14);
  EXPECT_THAT(parse_tensors(bytes).error().message, HasSubstr("not as many bytes"));
}

TEST(MeasureMessages, RefuseTimesThatAreNone) {
  EXPECT_THAT(parse_block(encode_block({{-1}, 1, 1})).error().message, HasSubstr("no times"));
  EXPECT_THAT(parse_block(encode_block({{1}, NAN, 1})).error().message, HasSubstr("is the time"));
}

TEST(MeasureMessages, RefuseABlockWithoutRuns) {
  EXPECT_THAT(parse_block(encode_block({})).error().message, HasSubstr("without a run"));
}

TEST(MeasureMessages, RefuseWhatIsDamaged) {
  const std::string whole = encode_loaded({some_model(), "e", "v", "o", "f", 1, 1, {}});
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const auto parsed = parse_loaded(whole.substr(0, size));  // it may end between two fields
    if (!parsed) {
      EXPECT_EQ(parsed.error().code, Code::kDataLoss);
    }
  }
  EXPECT_FALSE(parse_loaded("\xff\xff"));
}

TEST(MeasureMessages, RefuseFieldsThatNobodySends) {
  EXPECT_THAT(parse_number("\x10\x01").error().message, HasSubstr("has a field 2"));
}

}  // namespace
}  // namespace tandem::bench
