// SPDX-License-Identifier: Apache-2.0
// Facts about reflection, held against the descriptors that the build has made.
#include "serve/grpc/reflection.h"

#include <gtest/gtest.h>

#include "base/protobuf_wire.h"
#include "serve/grpc/descriptors.h"

namespace tandem::serve {
namespace {

constexpr std::uint32_t kFile = 3;
constexpr std::uint32_t kSymbol = 4;
constexpr std::uint32_t kExtensionNumbers = 6;
constexpr std::uint32_t kServices = 7;

const Descriptors& descriptors() {
  static const Descriptors made(descriptor_set());
  return made;
}

/// The first field of a message with that number.
std::string field_of(std::string_view message, std::uint32_t number) {
  ProtobufReader reader(std::as_bytes(std::span(message)));
  while (const auto field = reader.next()) {
    if (field->is(number, ProtobufField::Wire::kBytes)) return std::string(field->text());
  }
  return "";
}

std::string answer_to(std::uint32_t question, std::string_view text) {
  ProtobufWriter request;
  request.text(question, text);
  const std::string bytes = request.bytes();
  return reflection_answer(descriptors(), std::as_bytes(std::span(bytes))).value();
}

/// The name of the file that an answer carries; "" when it carries an error.
std::string file_in(const std::string& answer) { return field_of(field_of(field_of(answer, 4), 1), 1); }

TEST(Reflection, ListsTheServices) {
  EXPECT_EQ(
      descriptors().services(),
      (std::vector<std::string>{"inference.GRPCInferenceService", "grpc.health.v1.Health",
                                "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}));
  EXPECT_EQ(field_of(field_of(field_of(answer_to(kServices, ""), 6), 1), 1), "inference.GRPCInferenceService");
}

TEST(Reflection, FindsTheFileOfASymbol) {
  for (const char* symbol : {"inference.GRPCInferenceService", "inference.GRPCInferenceService.ModelInfer",
                             "inference.ModelInferRequest", "inference.ModelInferRequest.InferInputTensor"}) {
    EXPECT_EQ(file_in(answer_to(kSymbol, symbol)), "inference.proto") << symbol;
  }
  EXPECT_EQ(file_in(answer_to(kSymbol, "grpc.health.v1.HealthCheckResponse.ServingStatus")),
            "grpc/health/v1/health.proto");
}

TEST(Reflection, FindsAFileByItsName) {
  EXPECT_EQ(file_in(answer_to(kFile, "grpc/reflection/v1/reflection.proto")), "grpc/reflection/v1/reflection.proto");
}

TEST(Reflection, SaysWhatIsNotThereWithinTheAnswer) {
  for (const auto kind : {kFile, kSymbol, kExtensionNumbers}) {
    const std::string answer = answer_to(kind, "nothing.Here");
    EXPECT_EQ(file_in(answer), "");
    EXPECT_NE(field_of(field_of(answer, 7), 2).find("nothing.Here"), std::string::npos);
  }
}

TEST(Reflection, AMessageHasNoExtensions) {
  EXPECT_EQ(field_of(field_of(answer_to(kExtensionNumbers, "inference.ModelInferRequest"), 5), 1),
            "inference.ModelInferRequest");
}

TEST(Reflection, TheAnswerHoldsItsRequest) {
  EXPECT_EQ(field_of(field_of(answer_to(kSymbol, "a.b"), 2), kSymbol), "a.b");
}

TEST(Reflection, ARequestWithoutAQuestionIsToldSo) {
  EXPECT_NE(field_of(field_of(reflection_answer(descriptors(), {}).value(), 7), 2).find("expected a question"),
            std::string::npos);
}

TEST(Reflection, BytesThatAreNoMessageAreRefused) {
  const std::string bytes = "\xff\xff";
  EXPECT_EQ(reflection_answer(descriptors(), std::as_bytes(std::span(bytes))).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace tandem::serve
