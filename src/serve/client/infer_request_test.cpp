// SPDX-License-Identifier: Apache-2.0
// Requests as a server reads them, and descriptions of models as servers write them.
#include "serve/client/infer_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/bytes.h"
#include "base/protobuf_wire.h"
#include "base/protobuf_writer.h"

namespace tandem::serve {
namespace {

using testing::HasSubstr;

ModelInfo one_input(DType dtype) {
  ModelInfo info;
  TensorSpec spec;
  spec.name = "x";
  spec.dtype = dtype;
  spec.shape.dims = {Dim{-1, "batch"}, Dim{2, ""}};
  info.inputs.push_back(spec);
  return info;
}

std::vector<Tensor> one_tensor() {
  const std::array<float, 2> values{1, 2};
  std::vector<Tensor> inputs;
  inputs.push_back(*Tensor::from<float>({1, 2}, values));
  return inputs;
}

TEST(HttpInferRequest, HasItsTensorsBehindItsJson) {
  const auto request = encode_http_infer(one_input(DType::kFloat32), one_tensor());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->body.substr(0, request->json_bytes),
            R"({"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}],)"
            R"("parameters":{"binary_data_output":true}})");
  EXPECT_EQ(request->body.substr(request->json_bytes), as_text(one_tensor()[0].bytes()));
}

TEST(GrpcInferRequest, HasRawContents) {
  const auto request = encode_grpc_infer(one_input(DType::kFloat32), "net", one_tensor());
  ASSERT_TRUE(request);
  ProtobufReader reader(std::as_bytes(std::span(*request)));
  std::vector<std::uint32_t> fields;
  while (const auto field = reader.next()) {
    fields.push_back(field->number);
    if (field->number == 1) {
      EXPECT_EQ(field->text(), "net");
    }
    if (field->number == 7) {
      EXPECT_EQ(field->text(), as_text(one_tensor()[0].bytes()));
    }
  }
  EXPECT_FALSE(reader.damaged());
  EXPECT_THAT(fields, testing::ElementsAre(1, 5, 7));
}

TEST(InferRequest, SaysThatTextsAreNotSent) {
  std::vector<Tensor> texts;
  texts.push_back(*Tensor::allocate(DType::kString, {1, 2}));
  EXPECT_EQ(encode_http_infer(one_input(DType::kString), texts).error().code, Code::kUnimplemented);
  EXPECT_EQ(encode_grpc_infer(one_input(DType::kString), "m", texts).error().code, Code::kUnimplemented);
}

TEST(HttpMetadata, TellsInputsAndOutputs) {
  const auto info = parse_http_metadata(
      R"({"name":"m","platform":"onnx","inputs":[{"name":"x","datatype":"FP32","shape":[-1,3,-1]}],)"
      R"("outputs":[{"name":"y","datatype":"INT64","shape":[2]}]})");
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(to_string(info->inputs.at(0)), "x: float32[batch,3,?]");
  EXPECT_EQ(to_string(info->outputs.at(0)), "y: int64[2]");
  EXPECT_EQ(info->producer, "onnx");
}

TEST(HttpMetadata, RefusesWhatIsNone) {
  for (const char* wrong : {"", "[]", "{}", R"({"inputs":[1],"outputs":[]})",
                            R"({"inputs":[{"name":"x","datatype":"FP33","shape":[1]}],"outputs":[]})",
                            R"({"inputs":[{"name":"x","datatype":"FP32","shape":[-2]}],"outputs":[]})",
                            R"({"inputs":[{"name":"x","datatype":"FP32","shape":["a"]}],"outputs":[]})"}) {
    const auto info = parse_http_metadata(wrong);
    ASSERT_FALSE(info) << wrong;
    EXPECT_EQ(info.error().code, Code::kDataLoss);
  }
}

TEST(GrpcMetadata, IsReadWithShapesPackedOrNot) {
  const std::array<std::int64_t, 2> shape{-1, 3};
  ProtobufWriter packed;
  packed.text(1, "x");
  packed.text(2, "FP16");
  packed.packed(3, shape);
  ProtobufWriter loose;
  loose.text(1, "y");
  loose.text(2, "BOOL");
  loose.integer(3, 4);
  loose.integer(3, 5);
  ProtobufWriter answer;
  answer.text(3, "python");
  answer.message(4, std::move(packed));
  answer.message(5, std::move(loose));
  const std::string bytes = answer.bytes();
  const auto info = parse_grpc_metadata(std::as_bytes(std::span(bytes)));
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(to_string(info->inputs.at(0)), "x: float16[batch,3]");
  EXPECT_EQ(to_string(info->outputs.at(0)), "y: bool[4,5]");
  EXPECT_FALSE(parse_grpc_metadata(std::as_bytes(std::span(bytes)).first(bytes.size() - 1)));
}

TEST(HttpErrorText, IsTheServersSentence) {
  EXPECT_EQ(http_error_text(R"({"error":"no such model"})"), "no such model");
  EXPECT_EQ(http_error_text("<html>"), "<html>");
}

}  // namespace
}  // namespace tandem::serve
