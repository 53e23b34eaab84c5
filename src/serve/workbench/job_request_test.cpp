// SPDX-License-Identifier: Apache-2.0
// Bodies that describe jobs, and bodies that do not.
#include "serve/workbench/job_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::serve {
namespace {

using testing::HasSubstr;

Result<JobRequest> parse(std::string_view text) { return parse_job_request(std::as_bytes(std::span(text))); }

std::string complaint(std::string_view text) {
  const auto request = parse(text);
  return request ? "none" : request.error().message;
}

TEST(JobRequest, ReadsAConversion) {
  const auto request = parse(R"({"kind": "convert", "file": "f1", "image_size": 256})");
  ASSERT_TRUE(request) << request.error().message;
  const auto& job = std::get<ConvertJob>(*request);
  EXPECT_EQ(job.file, "f1");
  EXPECT_EQ(job.image_size, 256);
  EXPECT_FALSE(job.heads);
}

TEST(JobRequest, ReadsARun) {
  const auto request = parse(R"({"kind": "run", "model": "file:f2", "engine": "python", "image": "f3"})");
  ASSERT_TRUE(request) << request.error().message;
  const auto& job = std::get<RunJob>(*request);
  EXPECT_EQ(job.choice.model, "file:f2");
  EXPECT_EQ(job.choice.engine, "python");
  EXPECT_EQ(job.image, "f3");
}

TEST(JobRequest, ReadsAComparison) {
  const auto request = parse(R"({"kind": "compare", "seconds": 2, "contenders": [
      {"model": "a", "engine": "onnxruntime"}, {"model": "a", "engine": "python"}]})");
  ASSERT_TRUE(request) << request.error().message;
  const auto& job = std::get<CompareJob>(*request);
  ASSERT_EQ(job.contenders.size(), 2U);
  EXPECT_EQ(job.contenders[1].engine, "python");
  EXPECT_EQ(job.seconds, 2);
  EXPECT_EQ(job.image, "");
}

TEST(JobRequest, NamesWhatIsMissing) {
  EXPECT_THAT(complaint(R"({})"), HasSubstr("kind is missing"));
  EXPECT_THAT(complaint(R"({"kind": "convert"})"), HasSubstr("file is missing"));
  EXPECT_THAT(complaint(R"({"kind": "run", "model": "m", "image": "f1"})"), HasSubstr("engine is missing"));
}

TEST(JobRequest, RefusesMembersItDoesNotKnow) {
  EXPECT_THAT(complaint(R"({"kind": "convert", "file": "f1", "shell": "x"})"), HasSubstr("'shell'"));
  EXPECT_THAT(complaint(R"({"kind": "compare", "contenders": [{"model": "a", "engine": "b", "x": 1},
                                                              {"model": "a", "engine": "c"}]})"),
              HasSubstr("'x'"));
}

TEST(JobRequest, RefusesAMemberThatStandsThereTwice) {
  EXPECT_THAT(complaint(R"({"kind": "convert", "file": "f1", "file": "f2"})"), HasSubstr("twice"));
}

TEST(JobRequest, ReadsTheLabelsOfTheClasses) {
  const auto request = parse(R"({"kind": "convert", "file": "f1", "labels": ["background", "artery"]})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_THAT(std::get<ConvertJob>(*request).labels, testing::ElementsAre("background", "artery"));
}

TEST(JobRequest, RefusesLabelsThatAreNoListOfTexts) {
  for (const char* labels : {"[]", "\"artery\"", "[1]", "[\"\"]", "{}"}) {
    const std::string text = std::string(R"({"kind": "convert", "file": "f1", "labels": )") + labels + "}";
    EXPECT_THAT(complaint(text), HasSubstr("labels")) << labels;
  }
}

TEST(JobRequest, BoundsNumbers) {
  EXPECT_THAT(complaint(R"({"kind": "convert", "file": "f1", "heads": 0})"), HasSubstr("heads"));
  EXPECT_THAT(complaint(R"({"kind": "convert", "file": "f1", "image_size": 1e9})"), HasSubstr("image_size"));
  for (const char* seconds : {"0", "-1", "1e9", "\"5\""}) {
    const std::string text = std::string(R"({"kind": "compare", "contenders": [{"model": "a", "engine": "b"},
                                             {"model": "a", "engine": "c"}], "seconds": )") +
                             seconds + "}";
    EXPECT_THAT(complaint(text), HasSubstr("seconds")) << seconds;
  }
}

TEST(JobRequest, BoundsTheContenders) {
  const std::string one = R"({"model": "a", "engine": "b"})";
  EXPECT_THAT(complaint(R"({"kind": "compare", "contenders": [)" + one + "]}"), HasSubstr("2 to 4"));
  const std::string five = one + "," + one + "," + one + "," + one + "," + one;
  EXPECT_THAT(complaint(R"({"kind": "compare", "contenders": [)" + five + "]}"), HasSubstr("2 to 4"));
}

TEST(JobRequest, RefusesWhatIsNoObject) {
  for (const char* text : {"", "[]", "7", "{", "\"convert\"", R"({"kind": ["convert"]})"}) {
    EXPECT_NE(complaint(text), "none") << text;
  }
}

TEST(JobRequest, RefusesDepthAndLength) {
  EXPECT_NE(complaint(std::string(10'000, '[')), "none");
  EXPECT_THAT(complaint(std::string(1 << 20, ' ')), HasSubstr("at most"));
  EXPECT_THAT(complaint(R"({"kind": "convert", "file": ")" + std::string(500, 'f') + R"("})"), HasSubstr("file"));
}

}  // namespace
}  // namespace tandem::serve
