// SPDX-License-Identifier: Apache-2.0
// Facts about reading the body of POST /inference.
#include "serve/api/inference_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

namespace tandem::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<InferenceBody> parse(std::string_view text) { return parse_inference_body(std::as_bytes(std::span(text))); }

TEST(InferenceBody, ReadsAnEncodedImage) {
  const auto body =
      parse(R"({"image_data":"aGk=","patient_id":"P \"1\"","metadata":{"model":"m","x":[1]},"text_data":"t"})");
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(std::get<std::vector<std::byte>>(body->image).size(), 2U);
  EXPECT_EQ(body->patient_id_json, R"("P \"1\"")");
  EXPECT_EQ(body->model, "m");
}

TEST(InferenceBody, ReadsNumbersWithTheirForm) {
  const auto body = parse(R"({"image_data":[[1,2.5,3],[4,5,6]]})");
  ASSERT_TRUE(body) << body.error().message;
  const auto& image = std::get<NumberImage>(body->image);
  EXPECT_THAT(image.dims, ElementsAre(2, 3));
  EXPECT_THAT(image.values, ElementsAre(1, 2.5, 3, 4, 5, 6));
}

TEST(InferenceBody, LeavesOutWhatIsNotThere) {
  const auto body = parse(R"({"image_data":[1],"metadata":null,"patient_id":null,"text_data":null})");
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(body->patient_id_json, "null");
  EXPECT_EQ(body->model, "");
}

TEST(InferenceBody, KeepsANumberAsPatientId) {
  EXPECT_EQ(parse(R"({"image_data":[1],"patient_id":17})")->patient_id_json, "17");
}

TEST(InferenceBody, RefusesImagesThatAreNone) {
  for (const char* image : {"[]", "[[]]", "[[1,2],[3]]", "[[1,\"2\"]]", "[1,[2]]", "[[1],2]", "{\"a\":1}", "7", "true",
                            "null", "\"\"", "[[[[1]]]]", "[null]"}) {
    const auto body = parse(std::string(R"({"image_data":)") + image + "}");
    ASSERT_FALSE(body) << image;
    EXPECT_EQ(body.error().code, Code::kInvalidArgument);
    EXPECT_THAT(body.error().message, HasSubstr("image_data")) << image;
  }
}

TEST(InferenceBody, RefusesWhatIsNoJsonObject) {
  for (const char* text : {"", "{", "[]", "null", "\xff\xfe", "{\"image_data\":", "1"})
    EXPECT_FALSE(parse(text)) << text;
  EXPECT_FALSE(parse("{\"image_data\":" + std::string(100000, '[')));
}

TEST(InferenceBody, NamesTheMemberOfTheWrongKind) {
  EXPECT_EQ(parse(R"({"image_data":[1],"metadata":[1]})").error().message, "metadata: expected an object, got a list");
  EXPECT_EQ(parse(R"({"image_data":[1],"metadata":{"model":1}})").error().message,
            "metadata: model: expected text, got a number");
  EXPECT_EQ(parse(R"({"image_data":[1],"text_data":[1]})").error().message, "text_data: expected text, got a list");
}

}  // namespace
}  // namespace tandem::serve
