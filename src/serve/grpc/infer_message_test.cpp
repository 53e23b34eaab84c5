// SPDX-License-Identifier: Apache-2.0
// Tests of infer messages: what is read, what is refused, and the bytes of answers.
#include "serve/grpc/infer_message.h"

#include <gtest/gtest.h>

#include "base/protobuf_wire.h"
#include "base/protobuf_writer.h"
#include "support/fake_inference_service.h"

namespace tandem::serve {
namespace {

using Dims = std::vector<std::int64_t>;

ProtobufWriter input_of(const std::string& datatype, const Dims& shape) {
  ProtobufWriter input;
  input.text(1, "x");
  input.text(2, datatype);
  input.packed(3, std::span<const std::int64_t>(shape));
  return input;
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string raw_request(const std::string& raw) {
  ProtobufWriter request;
  request.text(1, "m");
  request.message(5, input_of("FP32", {1, 2}));
  request.text(7, raw);
  return request.bytes();
}

// A request whose input has `contents`, an encoded InferTensorContents.
std::string typed_request(const std::string& datatype, const Dims& shape, const std::string& contents) {
  ProtobufWriter input = input_of(datatype, shape);
  input.text(5, contents);
  ProtobufWriter request;
  request.message(5, std::move(input));
  return request.bytes();
}

TEST(ReadInferMessage, TakesRawContentsAsViews) {
  const std::string message = raw_request("12345678");
  const auto read = read_infer_message(bytes_of(message));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->model_name, "m");
  ASSERT_EQ(read->envelope.inputs.size(), 1U);
  EXPECT_EQ(read->envelope.inputs[0].shape, Shape({1, 2}));
  EXPECT_EQ(static_cast<const void*>(read->envelope.inputs[0].raw->data()), message.data() + message.size() - 8);
}

TEST(ReadInferMessage, ReadsUnpackedShapesToo) {
  ProtobufWriter input;
  input.text(1, "x");
  input.text(2, "FP32");
  input.integer(3, 4);
  input.integer(3, 5);
  ProtobufWriter request;
  request.message(5, std::move(input));
  request.text(7, "");
  const std::string message = request.bytes();
  EXPECT_EQ(read_infer_message(bytes_of(message))->envelope.inputs[0].shape, Shape({4, 5}));
}

TEST(ReadInferMessage, ReadsTypedContents) {
  ProtobufWriter contents;
  contents.packed(2, std::span<const std::int64_t>(Dims{-5, 7}));
  const std::string message = typed_request("INT16", {2}, contents.bytes());
  const auto read = read_infer_message(bytes_of(message));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->envelope.inputs[0].tensor.values<std::int16_t>()[0], -5);
}

TEST(ReadInferMessage, RefusesMoreValuesThanTheShapeHasBeforeTakingMemory) {
  ProtobufWriter contents;
  contents.packed(2, std::span<const std::int64_t>(Dims{1, 2}));
  const std::string message = typed_request("INT32", {1'000'000'000'000}, contents.bytes());
  const auto read = read_infer_message(bytes_of(message));
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("expected 1000000000000 values"), std::string::npos) << read.error().message;
}

TEST(ReadInferMessage, RefusesValuesThatDoNotFit) {
  ProtobufWriter contents;
  contents.packed(4, std::span<const std::int64_t>(Dims{256}));
  const std::string message = typed_request("UINT8", {1}, contents.bytes());
  EXPECT_FALSE(read_infer_message(bytes_of(message)));
}

TEST(ReadInferMessage, RefusesRawContentsOfAnotherNumberThanInputs) {
  ProtobufWriter request;
  request.message(5, input_of("FP32", {1}));
  request.text(7, "1234");
  request.text(7, "5678");
  const std::string message = request.bytes();
  const auto read = read_infer_message(bytes_of(message));
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("expected 1 raw_input_contents"), std::string::npos) << read.error().message;
}

TEST(ReadInferMessage, RefusesNegativeDimensions) {
  ProtobufWriter request;
  request.message(5, input_of("FP32", {-1}));
  const std::string message = request.bytes();
  EXPECT_FALSE(read_infer_message(bytes_of(message)));
}

TEST(FirstRawByte, IsFoundInTheFirstBytes) {
  const std::string message = raw_request(std::string(1000, 'r'));
  const std::size_t at = first_raw_byte(bytes_of(message).first(100));
  EXPECT_EQ(at, message.size() - 1000);
}

TEST(FirstRawByte, IsNothingWhereItCannotBeSeen) {
  const std::string message = raw_request("12345678");
  for (std::size_t size = 0; size < message.size() - 8; ++size) {
    EXPECT_EQ(first_raw_byte(bytes_of(message).first(size)), 0U) << size;
  }
}

struct AnswerParts {
  std::string id;
  std::vector<std::string> raw;
};

AnswerParts parts_of(const GrpcAnswer& answer) {
  std::string whole = answer.text;
  for (const Tensor& tensor : answer.tensors) whole.append(static_cast<const char*>(tensor.data()), tensor.byte_size());
  AnswerParts parts;
  ProtobufReader reader(bytes_of(whole));
  while (const auto field = reader.next()) {
    if (field->number == 3) parts.id = field->text();
    if (field->number == 6) parts.raw.emplace_back(field->text());
  }
  EXPECT_FALSE(reader.damaged());
  return parts;
}

class WriteInferAnswer : public testing::Test {
 protected:
  WriteInferAnswer() {
    model_.info.outputs.push_back({"z", DType::kString, {{Dim::symbol("n")}, false}, false});
    decoded_.outputs = {{0, true}, {1, true}};
    decoded_.id = "17";
    const std::vector<float> floats{1, 2, 3};
    response_.outputs.push_back(Tensor::from<float>(Shape{3}, floats).value());
    response_.outputs.push_back(Tensor::from_strings(Shape{1}, {"ab"}).value());
  }
  ServedModel model_ = FakeInferenceService::one_to_one("m", DType::kFloat32, {Dim::symbol("n")});
  DecodedInfer decoded_;
  InferResponse response_;
};

TEST_F(WriteInferAnswer, HasOneRawEntryAnOutput) {
  const auto answer = write_infer_answer(decoded_, model_, std::move(response_), {});
  ASSERT_TRUE(answer);
  const AnswerParts parts = parts_of(*answer);
  EXPECT_EQ(parts.id, "17");
  ASSERT_EQ(parts.raw.size(), 2U);
  EXPECT_EQ(parts.raw[0].size(), 12U);
  EXPECT_EQ(parts.raw[1], std::string("\2\0\0\0ab", 6));
}

TEST_F(WriteInferAnswer, SendsTensorsFromWhereTheyLie) {
  const void* const data = response_.outputs[0].data();
  const auto answer = write_infer_answer(decoded_, model_, std::move(response_), {});
  EXPECT_EQ(answer->tensors.at(0).data(), data);
}

TEST_F(WriteInferAnswer, IsWrappedInAStream) {
  const auto answer = write_infer_answer(decoded_, model_, std::move(response_), {false, true});
  std::string whole = answer->text;
  for (const Tensor& tensor : answer->tensors)
    whole.append(static_cast<const char*>(tensor.data()), tensor.byte_size());
  ProtobufReader reader(bytes_of(whole));
  const auto field = reader.next();
  ASSERT_TRUE(field && field->is(2, ProtobufField::Wire::kBytes));
  EXPECT_FALSE(reader.next());
}

}  // namespace
}  // namespace tandem::serve
