// SPDX-License-Identifier: Apache-2.0
// Processes that die, hang or talk nonsense are errors in a sentence.
#include "bench/process/measured_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::bench {
namespace {

using testing::HasSubstr;

ContenderSpec shell(const std::string& script) {
  ContenderSpec spec;
  spec.model = "model.onnx";
  spec.program = "sh";
  spec.arguments = {"-c", script};
  spec.load_patience = std::chrono::milliseconds(400);
  return spec;
}

Error error_of(const std::string& script) {
  const auto started = MeasuredProcess::start(shell(script));
  return started ? Error{} : started.error();
}

TEST(MeasuredProcess, ThatDiesSaysHowAndItsLastWords) {
  const Error error = error_of("echo 'no memory left' >&2; exit 3");
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_EQ(error.message, "its process ended (exit code 3): no memory left");
}

TEST(MeasuredProcess, ThatIsKilledSaysBywhich) {
  EXPECT_EQ(error_of("kill -9 $$").message, "its process ended (signal 9 (Killed))");
}

TEST(MeasuredProcess, ThatDoesNotAnswerIsKilled) {
  const Error error = error_of("sleep 100");
  EXPECT_EQ(error.code, Code::kDeadlineExceeded);
  EXPECT_EQ(error.message, "its process did not answer within 0.4 s and was killed");
}

TEST(MeasuredProcess, ThatTalksNonsenseIsRefused) {
  EXPECT_THAT(error_of("printf 'this is no message at all' >&3; sleep 100").message, HasSubstr("is no message"));
}

TEST(MeasuredProcess, ThatAnswersSomethingElseIsRefused) {
  EXPECT_EQ(error_of(R"(printf '\0\0\0\0\0\0\0\0\022\0\0\0\0\0\0\0' >&3; sleep 100)").message,
            "its process answered with a message of kind 18, expected 16");
}

TEST(MeasuredProcess, ThatCannotBeStartedIsUnavailable) {
  ContenderSpec spec = shell("");
  spec.program = "/no/such/program";
  EXPECT_EQ(MeasuredProcess::start(spec).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace tandem::bench
