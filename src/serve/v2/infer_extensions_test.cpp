// SPDX-License-Identifier: Apache-2.0
// Tests of what the extensions add to an infer call: shared memory, classification, sequences, other parameters.
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "serve/v2/infer_codec.h"
#include "support/fake_inference_service.h"
#include "support/float_bytes.h"
#include "support/shared_memory_object.h"

namespace tandem::serve {
namespace {

using Json = nlohmann::json;

ServedModel model_of(DType dtype) {
  return FakeInferenceService::one_to_one("m", dtype, {Dim::symbol("batch"), Dim::fixed(2)}, 4);
}

Json in_region(std::string name, int offset, int size) {
  return {
      {"shared_memory_region", std::move(name)}, {"shared_memory_offset", offset}, {"shared_memory_byte_size", size}};
}

class InferExtensions : public testing::Test {
 protected:
  InferExtensions() : input_(bytes_of({9, 1, 2, 3, 4})), output_(std::string(20, '\0')) {
    EXPECT_TRUE(registry_.add({"in", input_.key(), 0, 20}));
    EXPECT_TRUE(registry_.add({"out", output_.key(), 0, 20}));
  }

  Result<DecodedInfer> decode(const Json& request, const ServedModel& model = model_of(DType::kFloat32)) {
    const auto text = std::make_shared<std::string>(request.dump());
    InferBody body;
    body.bytes = std::as_bytes(std::span(*text));
    body.owner = text;
    body.shared_memory = has_shared_memory_ ? &registry_ : nullptr;
    return decode_infer(body, model);
  }
  // One request whose input is echoed as the output.
  Result<HttpResponse> answer(const Json& request, const ServedModel& model = model_of(DType::kFloat32)) {
    DecodedInfer decoded = TRY(decode(request, model));
    InferResponse response;
    response.outputs = std::move(decoded.request.inputs);
    return encode_infer(decoded, model, std::move(response));
  }
  static Json request_with(const Json& input_parameters, const Json& output_parameters) {
    return {{"inputs", {{{"name", "x"}, {"shape", {2, 2}}, {"datatype", "FP32"}, {"parameters", input_parameters}}}},
            {"outputs", {{{"name", "y"}, {"parameters", output_parameters}}}}};
  }
  static Json request_of(const Json& data) {
    return {{"inputs", {{{"name", "x"}, {"shape", {2, 2}}, {"datatype", "FP32"}, {"data", data}}}}};
  }
  static std::string error_of(const Result<HttpResponse>& answer) {
    return answer ? "accepted" : answer.error().message;
  }

  bool has_shared_memory_ = true;
  SharedMemoryObject input_;
  SharedMemoryObject output_;
  SharedMemoryRegistry registry_;
};

TEST_F(InferExtensions, ReadsAnInputFromSharedMemory) {
  const auto decoded = decode(request_with(in_region("in", 4, 16), Json::object()));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->request.inputs[0].values<float>()[0], 1.0F);
  EXPECT_EQ(decoded->request.inputs[0].values<float>()[3], 4.0F);
}

TEST_F(InferExtensions, WritesAnOutputToSharedMemory) {
  const auto answered = answer(request_with(in_region("in", 4, 16), in_region("out", 0, 20)));
  ASSERT_TRUE(answered) << answered.error().message;
  EXPECT_EQ(output_.bytes().substr(0, 16), bytes_of({1, 2, 3, 4}));
  EXPECT_EQ(Json::parse(answered->text)["outputs"], Json({{{"name", "y"}, {"datatype", "FP32"}, {"shape", {2, 2}}}}));
  EXPECT_TRUE(answered->tensors.empty());
}

TEST_F(InferExtensions, StringsHaveTheirLengthsInSharedMemory) {
  SharedMemoryObject words(std::string("\1\0\0\0a\2\0\0\0bc", 11));
  ASSERT_TRUE(registry_.add({"words", words.key(), 0, 11}));
  Json request = request_with(in_region("words", 0, 11), in_region("out", 0, 20));
  request["inputs"][0]["datatype"] = "BYTES";
  request["inputs"][0]["shape"] = {1, 2};
  const auto answered = answer(request, model_of(DType::kString));
  ASSERT_TRUE(answered) << answered.error().message;
  EXPECT_EQ(output_.bytes().substr(0, 11), words.bytes());
}

TEST_F(InferExtensions, AnOutputMustFitItsSharedMemory) {
  EXPECT_EQ(error_of(answer(request_with(in_region("in", 0, 16), in_region("out", 0, 15)))),
            "output 'y': shared_memory_byte_size: expected at least 16 bytes for the output, got 15");
}

TEST_F(InferExtensions, AnInputMustFillItsSharedMemory) {
  EXPECT_EQ(error_of(answer(request_with(in_region("in", 0, 12), Json::object()))),
            "input 'x': shared_memory_byte_size: expected 16 bytes for shape [2,2], got 12");
}

TEST_F(InferExtensions, AClientThatShrinksItsMemoryGetsASentence) {
  input_.resize(8);
  EXPECT_NE(error_of(answer(request_with(in_region("in", 4, 16), Json::object()))).find("made smaller"),
            std::string::npos);
}

TEST_F(InferExtensions, UnknownRegionsAndPlacesOutsideAreRefused) {
  EXPECT_NE(error_of(answer(request_with(in_region("none", 0, 16), Json::object()))).find("'none'"), std::string::npos);
  EXPECT_FALSE(decode(request_with(in_region("in", 8, 16), Json::object())));
  EXPECT_FALSE(decode(request_with(Json{{"shared_memory_region", "in"}}, Json::object())));
  EXPECT_FALSE(decode(request_with(Json{{"shared_memory_byte_size", 16}}, Json::object())));
}

TEST_F(InferExtensions, ATensorIsInOnePlaceOnly) {
  Json request = request_with(in_region("in", 4, 16), Json::object());
  request["inputs"][0]["data"] = {1, 2, 3, 4};
  EXPECT_EQ(error_of(answer(request)), "input 'x': expected either shared memory or a tensor in the request, got both");
}

TEST_F(InferExtensions, AServerWithoutSharedMemoryNamesTheOption) {
  has_shared_memory_ = false;
  for (const Json& request :
       {request_with(in_region("in", 4, 16), Json::object()), request_with(Json::object(), in_region("out", 0, 16))}) {
    EXPECT_NE(error_of(answer(request)).find("--shared-memory"), std::string::npos);
  }
}

TEST_F(InferExtensions, ClassifiesEachSample) {
  Json request = request_of({0.25, 0.75, 3, 2});
  request["outputs"] = {{{"name", "y"}, {"parameters", {{"classification", 1}}}}};
  const auto answered = answer(request);
  ASSERT_TRUE(answered) << answered.error().message;
  EXPECT_EQ(Json::parse(answered->text)["outputs"][0],
            Json({{"name", "y"}, {"datatype", "BYTES"}, {"shape", {2, 1}}, {"data", {"0.75:1", "3:0"}}}));
}

TEST_F(InferExtensions, ClassesTravelAsBinaryToo) {
  Json request = request_of({0.25, 0.75, 3, 2});
  request["outputs"] = {{{"name", "y"}, {"parameters", {{"classification", 2}, {"binary_data", true}}}}};
  const auto answered = answer(request);
  ASSERT_TRUE(answered) << answered.error().message;
  ASSERT_EQ(answered->tensors.size(), 1U);
  EXPECT_EQ(answered->tensors[0].byte_size(), 4U * 4 + 6 + 6 + 3 + 3);
}

TEST_F(InferExtensions, ClassesDoNotGoIntoSharedMemory) {
  Json parameters = in_region("out", 0, 20);
  parameters["classification"] = 1;
  EXPECT_EQ(error_of(answer(request_with(in_region("in", 4, 16), parameters))),
            "output 'y': expected classification or shared memory, got both");
}

TEST_F(InferExtensions, SequencesAreRefusedAndTheirAbsenceIsNot) {
  for (const Json& id : {Json(7), Json("session")}) {
    Json request = request_of({1, 2, 3, 4});
    request["parameters"] = {{"sequence_id", id}, {"sequence_start", true}};
    EXPECT_NE(error_of(answer(request)).find("sequence_id"), std::string::npos);
  }
  for (const Json& id : {Json(0), Json("")}) {
    Json request = request_of({1, 2, 3, 4});
    request["parameters"] = {{"sequence_id", id}};
    EXPECT_EQ(error_of(answer(request)), "accepted");
  }
}

TEST_F(InferExtensions, AParameterIsAScalar) {
  Json request = request_of({1, 2, 3, 4});
  request["parameters"] = {{"mine", "x"}, {"count", 1.5}, {"flag", true}};
  EXPECT_EQ(error_of(answer(request)), "accepted");
  request["parameters"] = {{"mine", {1, 2}}};
  EXPECT_EQ(error_of(answer(request)), "parameters: mine: expected a string, a number or a truth value");
}

TEST_F(InferExtensions, APriorityFits32Bits) {
  Json request = request_of({1, 2, 3, 4});
  request["parameters"] = {{"priority", 4294967296}};
  EXPECT_EQ(error_of(answer(request)), "parameters: priority: expected at most 4294967295, got 4294967296");
}

}  // namespace
}  // namespace tandem::serve
