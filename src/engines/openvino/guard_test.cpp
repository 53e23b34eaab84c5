// SPDX-License-Identifier: Apache-2.0
// What becomes of exceptions.
#include "engines/openvino/guard.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace tandem::openvino {
namespace {

TEST(PlainMessage, LeavesOutOpenVinosSourceFiles) {
  EXPECT_EQ(plain_message("Exception from src/inference/src/cpp/core.cpp:93:\nException from src/x.cpp:1:\n"
                          "Check 'a == b' failed at src/y.cpp:2:\n  The shapes differ\n\n"),
            "Check 'a == b' failed at src/y.cpp:2: The shapes differ");
}

TEST(PlainMessage, IsNeverEmptyAndNeverLong) {
  EXPECT_EQ(plain_message("Exception from src/x.cpp:1:\n"), "OpenVINO gives no reason");
  EXPECT_LT(plain_message(std::string(100'000, 'x')).size(), 2010U);
}

TEST(Guarded, GivesWhatWasReturned) {
  EXPECT_EQ(guarded([]() -> Result<int> { return 7; }).value(), 7);
  EXPECT_EQ(guarded([]() -> Status { return not_found("gone"); }).error().code, Code::kNotFound);
}

TEST(Guarded, MakesErrorsOfExceptions) {
  const Status failed = guarded([]() -> Status { throw std::runtime_error("no such port"); });
  EXPECT_EQ(failed.error(), (Error{Code::kInternal, "no such port"}));
  EXPECT_EQ(guarded([]() -> Status { throw std::bad_alloc(); }).error().code, Code::kResourceExhausted);
  EXPECT_EQ(guarded([]() -> Status { throw 7; }).error().code, Code::kInternal);
}

}  // namespace
}  // namespace tandem::openvino
