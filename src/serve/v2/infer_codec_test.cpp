// SPDX-License-Identifier: Apache-2.0
// Tests of infer bodies: what is accepted, what is answered, and the sentence for everything else.
#include "serve/v2/infer_codec.h"

#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "support/fake_inference_service.h"
#include "support/float_bytes.h"

namespace tandem::serve {
namespace {

const Dim kAny = Dim::symbol("n");

// float32 x[batch,2] and optional int32 mask[batch]; outputs y as x and half h.
ServedModel batched_model() {
  ServedModel model = FakeInferenceService::one_to_one("m", DType::kFloat32, {Dim::symbol("batch"), Dim::fixed(2)}, 4);
  model.info.inputs.push_back({"mask", DType::kInt32, {{Dim::symbol("batch")}, false}, true});
  model.info.outputs.push_back({"h", DType::kFloat16, {{Dim::symbol("batch")}, false}, false});
  return model;
}

Result<DecodedInfer> decode(std::string_view json, std::string_view binary, const ServedModel& model,
                            bool with_length = true) {
  auto body = std::make_shared<std::string>(std::string(json) + std::string(binary));
  InferBody infer;
  infer.bytes = std::as_bytes(std::span(*body));
  if (with_length) infer.json_length = json.size();
  infer.owner = body;
  return decode_infer(infer, model);
}

std::string error_of(std::string_view json, std::string_view binary = "") {
  const auto decoded = decode(json, binary, batched_model());
  return decoded ? "accepted" : decoded.error().message;
}

constexpr const char* kOutputs = R"("outputs":[{"name":"y"}])";
std::string with_inputs(const std::string& inputs) { return "{\"inputs\":[" + inputs + "]," + kOutputs + "}"; }

TEST(InferDecodeTest, ReadsJson) {
  const auto decoded = decode(with_inputs(R"({"name":"x","shape":[2,2],"datatype":"FP32","data":[1,2,3,4]})"), "",
                              batched_model(), false);
  ASSERT_TRUE(decoded) << decoded.error().message;
  ASSERT_EQ(decoded->request.inputs.size(), 2U);
  EXPECT_EQ(decoded->request.inputs[0].values<float>()[3], 4.0F);
  EXPECT_TRUE(decoded->request.inputs[1].empty());
  EXPECT_FALSE(decoded->id);
  ASSERT_EQ(decoded->outputs.size(), 1U);
  EXPECT_FALSE(decoded->outputs[0].binary);
}

TEST(InferDecodeTest, FieldsMayComeInAnyOrder) {
  const auto decoded =
      decode(with_inputs(R"({"data":[[1,2]],"datatype":"FP32","shape":[1,2],"name":"x"})"), "", batched_model());
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->request.inputs[0].values<float>()[1], 2.0F);
}

TEST(InferDecodeTest, BorrowsBinaryTensors) {
  std::string json = with_inputs(R"({"name":"mask","shape":[1],"datatype":"INT32","parameters":{"binary_data_size":4}},
                                  {"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}})");
  while (json.size() % 64 != 0) json += ' ';
  auto body = std::make_shared<std::string>(json + std::string("\x07\0\0\0", 4) + bytes_of({1.5F, -2.0F}));
  InferBody infer{std::as_bytes(std::span(*body)), json.size(), body, {}};
  const auto decoded = decode_infer(infer, batched_model());
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->request.inputs[1].values<std::int32_t>()[0], 7);
  EXPECT_EQ(decoded->request.inputs[0].values<float>()[1], -2.0F);
  EXPECT_EQ(static_cast<const void*>(decoded->request.inputs[0].data()), body->data() + json.size() + 4);
}

TEST(InferDecodeTest, CopiesBinaryTensorsThatAreNotAligned) {
  std::string json = with_inputs(R"({"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}})");
  for (int i = 0; i < 8; ++i) {
    json += ' ';
    const auto decoded = decode(json, bytes_of({1.5F, -2.0F}), batched_model());
    ASSERT_TRUE(decoded);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(decoded->request.inputs[0].data()) % sizeof(float), 0U);
    EXPECT_EQ(decoded->request.inputs[0].values<float>()[0], 1.5F);
  }
}

TEST(InferDecodeTest, ReadsStringsBothWays) {
  const ServedModel model = FakeInferenceService::one_to_one("s", DType::kString, {kAny});
  const auto json = decode(R"({"inputs":[{"name":"x","shape":[2],"datatype":"BYTES","data":["a",""]}]})", "", model);
  ASSERT_TRUE(json);
  EXPECT_EQ(json->request.inputs[0].strings()[0], "a");
  const auto binary =
      decode(R"({"inputs":[{"name":"x","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":9}}]})",
             std::string("\1\0\0\0a\0\0\0\0", 9), model);
  ASSERT_TRUE(binary);
  EXPECT_EQ(binary->request.inputs[0].strings()[0], "a");
  EXPECT_EQ(binary->request.inputs[0].strings()[1], "");
}

TEST(InferDecodeTest, RejectsBrokenBinaryStrings) {
  const ServedModel model = FakeInferenceService::one_to_one("s", DType::kString, {kAny});
  for (const auto& [shape, bytes] : {std::pair<std::string, std::string>{"[1]", std::string("\2\0\0\0a", 5)},
                                     {"[1]", std::string("\xff\xff\xff\xff", 4)},
                                     {"[2]", std::string("\4\0\0\0aaaa", 8)},
                                     {"[1]", std::string("\1\0\0\0ab", 6)},
                                     {"[1000000000000]", std::string("\0\0\0\0", 4)}}) {
    const std::string json = R"({"inputs":[{"name":"x","shape":)" + shape +
                             R"(,"datatype":"BYTES","parameters":{"binary_data_size":)" + std::to_string(bytes.size()) +
                             "}}]}";
    EXPECT_FALSE(decode(json, bytes, model)) << shape;
  }
}

TEST(InferDecodeTest, TakesRawRequests) {
  const auto batched =
      decode("", bytes_of({1, 2}),
             FakeInferenceService::one_to_one("r", DType::kFloat32, {Dim::symbol("b"), Dim::fixed(2)}, 8));
  ASSERT_TRUE(batched) << batched.error().message;
  EXPECT_EQ(batched->request.inputs[0].shape(), (Shape{1, 2}));
  EXPECT_TRUE(batched->outputs[0].binary);
  const auto inferred =
      decode("", bytes_of({1, 2, 3, 4}), FakeInferenceService::one_to_one("r", DType::kFloat32, {kAny, Dim::fixed(2)}));
  ASSERT_TRUE(inferred);
  EXPECT_EQ(inferred->request.inputs[0].shape(), (Shape{2, 2}));
  EXPECT_FALSE(decode("", "abc", FakeInferenceService::one_to_one("r", DType::kFloat32, {kAny})));
  EXPECT_FALSE(
      decode("", bytes_of({1}), FakeInferenceService::one_to_one("r", DType::kFloat32, {kAny, Dim::symbol("m")})));
  EXPECT_FALSE(decode("", bytes_of({1}), batched_model()));
}

TEST(InferDecodeTest, TurnsTimeoutIntoADeadline) {
  const auto decoded =
      decode(R"({"id":"a","parameters":{"timeout":1500,"priority":1,"my":"own"},"outputs":[{"name":"y"}],
                                 "inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]})",
             "", batched_model());
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded->request.deadline, SteadyTime(std::chrono::microseconds(1500)));
  EXPECT_EQ(decoded->id, "a");
}

TEST(InferDecodeTest, HandsThePriorityOn) {
  const auto decoded = decode(R"({"parameters":{"priority":3},"outputs":[{"name":"y"}],
                                 "inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]})",
                              "", batched_model());
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->request.priority, 3U);
}

TEST(InferDecodeTest, SaysWhatIsWrong) {
  const auto x = [](const std::string& rest) { return with_inputs(R"({"name":"x",)" + rest + "}"); };
  EXPECT_EQ(error_of(x(R"("shape":[1,2],"datatype":"INT64","data":[1,2])")),
            "inputs[0]: input 'x': expected datatype FP32, got INT64");
  EXPECT_EQ(error_of(x(R"("shape":[1,3],"datatype":"FP32","data":[1,2,3])")),
            "inputs[0]: input 'x': expected shape [batch,2], got [1,3]");
  EXPECT_EQ(error_of(x(R"("shape":[5,2],"datatype":"FP32","data":[])")),
            "inputs[0]: input 'x': expected a batch of 1 to 4 samples (the first dimension), got 5");
  EXPECT_EQ(error_of(x(R"("shape":[1,2],"datatype":"FP32")")),
            "input 'x': expected data or the parameter binary_data_size, got neither");
  EXPECT_EQ(error_of(x(R"("shape":[1,-2],"datatype":"FP32","data":[1,2])")),
            "inputs[0]: shape: expected dimensions of at least 0, got -2");
  EXPECT_EQ(error_of(x(R"("shape":[9223372036854775807,2],"datatype":"FP32","data":[1,2])")),
            "inputs[0]: shape: the number of elements overflows 63 bits");
  EXPECT_EQ(error_of(x(R"("datatype":"FP32","data":[1,2])")), "input 'x': expected a shape, got none");
  EXPECT_EQ(error_of(with_inputs(R"({"name":"z","shape":[1],"datatype":"FP32","data":[1]})")),
            "inputs[0]: input 'z' is not one of the model's: x, mask");
  EXPECT_EQ(error_of(with_inputs("")), "input 'x' is missing; the model's inputs are x, mask");
  EXPECT_EQ(error_of("[]"), "JSON: expected an object, got '[' at byte 0");
  EXPECT_EQ(
      error_of(R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"q"}]})"),
      "output 'q' is not one of the model's: y, h");
  EXPECT_EQ(error_of(R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]})"),
            "output 'h': FP16 has no JSON form; ask for it with binary_data true");
  EXPECT_EQ(error_of(R"({"parameters":{"triton_x":1},"inputs":[]})"),
            "parameters: 'triton_x' is reserved: parameters must not begin with triton_");
}

TEST(InferDecodeTest, ChecksBinarySizes) {
  const auto x = [](const std::string& size) {
    return with_inputs(R"({"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":)" + size +
                       "}}");
  };
  EXPECT_EQ(error_of(x("8"), "1234567"),
            "input 'x': expected 8 bytes behind the JSON part as binary_data_size says, got 7");
  EXPECT_EQ(error_of(x("8"), "123456789"), "1 bytes are left over behind the binary tensors");
  EXPECT_EQ(error_of(x("4"), "1234"), "input 'x': float32 [1,2] needs 8 bytes, got 4");
  EXPECT_NE(error_of(x("-1"), "1234"), "accepted");
  EXPECT_NE(error_of(x("18446744073709551615"), "1234"), "accepted");
  EXPECT_EQ(
      error_of(with_inputs(
                   R"({"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2],"parameters":{"binary_data_size":8}})"),
               "12345678"),
      "input 'x': expected either data or binary_data_size, got both");
}

TEST(InferDecodeTest, InputsMustAgreeOnTheBatch) {
  EXPECT_EQ(error_of(with_inputs(R"({"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]},
                                    {"name":"mask","shape":[2],"datatype":"INT32","data":[1,2]})")),
            "input 'mask': expected a batch of 1 as in input 'x', got 2");
}

TEST(InferDecodeTest, RejectsBoolBytesThatAreNoBools) {
  const ServedModel model = FakeInferenceService::one_to_one("b", DType::kBool, {kAny});
  EXPECT_FALSE(decode(R"({"inputs":[{"name":"x","shape":[1],"datatype":"BOOL","parameters":{"binary_data_size":1}}]})",
                      "\2", model));
}

TEST(InferDecodeTest, EveryTruncationIsAnError) {
  const std::string json = with_inputs(R"({"name":"x","shape":[2,2],"datatype":"FP32","data":[[1.5,2],[3,4e1]]})");
  for (std::size_t length = 1; length < json.size(); ++length) {
    EXPECT_FALSE(decode(json.substr(0, length), "", batched_model())) << length;
  }
}

TEST(InferEncodeTest, WritesJson) {
  const ServedModel model = FakeInferenceService::one_to_one("m", DType::kFloat32, {kAny});
  DecodedInfer decoded;
  decoded.outputs = {{0, false}};
  decoded.id = "a\"b";
  InferResponse response;
  response.outputs.push_back(Tensor::from<float>(Shape{2}, std::array{0.5F, 2.0F}).value());
  const auto answer = encode_infer(decoded, model, std::move(response)).value();
  EXPECT_EQ(
      answer.text,
      R"({"model_name":"m","model_version":"1","id":"a\"b","outputs":[{"name":"y","datatype":"FP32","shape":[2],"data":[5E-1,2]}]})");
  EXPECT_EQ(nlohmann::json::parse(answer.text)["outputs"][0]["data"][0], 0.5);
  EXPECT_EQ(answer.content_type, "application/json");
}

TEST(InferEncodeTest, MovesBinaryTensorsIntoTheAnswer) {
  const ServedModel model = FakeInferenceService::one_to_one("m", DType::kFloat32, {kAny});
  DecodedInfer decoded;
  decoded.outputs = {{0, true}};
  InferResponse response;
  response.outputs.push_back(Tensor::from<float>(Shape{2}, std::array{0.5F, 2.0F}).value());
  const void* memory = response.outputs[0].data();
  const auto answer = encode_infer(decoded, model, std::move(response)).value();
  EXPECT_EQ(nlohmann::json::parse(answer.text)["outputs"][0]["parameters"]["binary_data_size"], 8);
  ASSERT_EQ(answer.tensors.size(), 1U);
  EXPECT_EQ(answer.tensors[0].data(), memory);
  EXPECT_EQ(answer.json_length, answer.text.size());
}

TEST(InferEncodeTest, DoesNotPretendThatBytesAreText) {
  const ServedModel model = FakeInferenceService::one_to_one("m", DType::kString, {kAny});
  InferResponse response;
  response.outputs.push_back(Tensor::from_strings(Shape({1}), {"\xFF"}).value());
  DecodedInfer decoded;
  decoded.outputs = {{0, false}};
  const auto answer = encode_infer(decoded, model, std::move(response));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kInvalidArgument);
  EXPECT_NE(answer.error().message.find("binary_data"), std::string::npos);
}

TEST(InferEncodeTest, WritesBinaryStrings) {
  const ServedModel model = FakeInferenceService::one_to_one("m", DType::kString, {kAny});
  DecodedInfer decoded;
  decoded.outputs = {{0, true}};
  InferResponse response;
  response.outputs.push_back(Tensor::from_strings(Shape{2}, {"ab", ""}).value());
  const auto answer = encode_infer(decoded, model, std::move(response)).value();
  const auto bytes = answer.tensors[0].bytes();
  EXPECT_EQ(std::string(as_text(bytes)), std::string("\2\0\0\0ab\0\0\0\0", 10));
}

TEST(ParseJsonLengthTest, ChecksTheHeader) {
  EXPECT_EQ(parse_json_length("", 10).value(), std::nullopt);
  EXPECT_EQ(parse_json_length("10", 10).value(), 10U);
  EXPECT_FALSE(parse_json_length("11", 10));
  EXPECT_FALSE(parse_json_length("-1", 10));
  EXPECT_FALSE(parse_json_length("x", 10));
}

}  // namespace
}  // namespace tandem::serve
