// SPDX-License-Identifier: Apache-2.0
// Tests of tensors as JSON arrays.
#include "serve/v2/tensor_json.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tandem::serve {
namespace {

Result<Tensor> read(std::string_view text, DType dtype, Shape shape) {
  JsonReader reader(text);
  auto tensor = read_json_tensor(reader, dtype, std::move(shape));
  if (tensor && !reader.expect_end()) return invalid_argument("trailing text");
  return tensor;
}

std::string round_trip(std::string_view text, DType dtype, Shape shape) {
  const auto tensor = read(text, dtype, std::move(shape));
  if (!tensor) return tensor.error().message;
  std::string out;
  append_json_tensor(out, *tensor);
  return out;
}

TEST(TensorJsonTest, ReadsFlatAndNestedArraysAlike) {
  for (const char* text : {"[1,2,3,4]", "[[1,2],[3,4]]", " [ [ [1] , 2 ] , [ 3,[ 4 ] ] ] "}) {
    EXPECT_EQ(round_trip(text, DType::kFloat32, Shape{2, 2}), "[1,2,3,4]") << text;
  }
}

TEST(TensorJsonTest, RoundTripsEveryType) {
  EXPECT_EQ(round_trip("[-128,127]", DType::kInt8, Shape{2}), "[-128,127]");
  EXPECT_EQ(round_trip("[0,255]", DType::kUint8, Shape{2}), "[0,255]");
  EXPECT_EQ(round_trip("[-32768]", DType::kInt16, Shape{1}), "[-32768]");
  EXPECT_EQ(round_trip("[65535]", DType::kUint16, Shape{1}), "[65535]");
  EXPECT_EQ(round_trip("[-2147483648]", DType::kInt32, Shape{1}), "[-2147483648]");
  EXPECT_EQ(round_trip("[4294967295]", DType::kUint32, Shape{1}), "[4294967295]");
  EXPECT_EQ(round_trip("[-9223372036854775808]", DType::kInt64, Shape{1}), "[-9223372036854775808]");
  EXPECT_EQ(round_trip("[18446744073709551615]", DType::kUint64, Shape{1}), "[18446744073709551615]");
  EXPECT_EQ(round_trip("[true,false,1,0]", DType::kBool, Shape{4}), "[true,false,true,false]");
  EXPECT_EQ(round_trip("[1.5,2e0]", DType::kFloat64, Shape{2}), "[1.5E0,2]");
  EXPECT_EQ(round_trip(R"(["a","\u00e9\"",""])", DType::kString, Shape{3}), "[\"a\",\"\xC3\xA9\\\"\",\"\"]");
  EXPECT_EQ(round_trip("[]", DType::kFloat32, Shape{0, 3}), "[]");
  EXPECT_EQ(round_trip("[[],[]]", DType::kInt32, Shape{2, 0}), "[]");
}

TEST(TensorJsonTest, TakesStringsForWhatIsNotFinite) {
  EXPECT_EQ(round_trip(R"(["NaN","Infinity","-Infinity"])", DType::kFloat32, Shape{3}),
            R"(["NaN","Infinity","-Infinity"])");
}

TEST(TensorJsonTest, SaysWhichElementIsWrong) {
  EXPECT_EQ(round_trip("[1,300]", DType::kUint8, Shape{2}), "data: element 1: expected a value of UINT8, got 300");
  EXPECT_EQ(round_trip("[1.0]", DType::kInt32, Shape{1}), "data: element 0: expected a value of INT32, got 1.0");
  EXPECT_EQ(round_trip("[-1]", DType::kUint32, Shape{1}), "data: element 0: expected a value of UINT32, got -1");
  EXPECT_EQ(round_trip("[\"a\"]", DType::kFloat32, Shape{1}), "data: element 0: expected a value of FP32, got \"a\"");
  EXPECT_EQ(round_trip("[null]", DType::kFloat64, Shape{1}), "data: element 0: expected a value of FP64, got null");
  EXPECT_EQ(round_trip("[12]", DType::kString, Shape{1}), "JSON: expected a string for BYTES, got '1' at byte 1");
}

TEST(TensorJsonTest, CountsTheElements) {
  EXPECT_EQ(round_trip("[1,2]", DType::kFloat32, Shape{1}), "data: expected 1 elements as the shape says, got more");
  EXPECT_EQ(round_trip("[100,1]", DType::kFloat32, Shape{3}), "data: expected 3 elements as the shape says, got 2");
}

TEST(TensorJsonTest, DoesNotReserveMemoryForElementsThatCannotCome) {
  EXPECT_EQ(round_trip("[1]", DType::kFloat32, Shape{1'000'000'000'000}),
            "data: the shape [1000000000000] has more elements than there is text");
}

TEST(TensorJsonTest, RejectsBrokenArrays) {
  for (const char* text :
       {"", "1", "[", "[1", "[1,", "[1,]", "[,1]", "[1 1]", "[1]]", "[[1]", "[1}", "{\"a\":1}", "[01]", "[1.]"}) {
    EXPECT_FALSE(read(text, DType::kFloat32, Shape{1})) << text;
  }
  EXPECT_FALSE(read(std::string(1000, '[') + "1" + std::string(1000, ']'), DType::kFloat32, Shape{1}));
  EXPECT_FALSE(read("[01]", DType::kInt32, Shape{1}));
  EXPECT_FALSE(read("[10]", DType::kBool, Shape{1}));
}

TEST(TensorJsonTest, HalfTypesHaveNoJsonForm) {
  EXPECT_EQ(round_trip("[1]", DType::kFloat16, Shape{1}),
            "FP16 has no JSON form; send it as binary data (parameter binary_data_size)");
}

}  // namespace
}  // namespace tandem::serve
