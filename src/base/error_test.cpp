// SPDX-License-Identifier: Apache-2.0
// Tests of Error, Result and TRY.
#include "base/error.h"

#include <gtest/gtest.h>

#include <memory>

namespace tandem {
namespace {

Result<std::unique_ptr<int>> make(bool ok) {
  if (!ok) return not_found("no int here");
  return std::make_unique<int>(7);
}

Status check(bool ok) {
  if (!ok) return invalid_argument("not ok");
  return {};
}

Result<int> twice(bool ok, bool checked) {
  TRY(check(checked));
  auto value = TRY(make(ok));
  return 2 * *value;
}

TEST(Try, MovesTheValueOut) { EXPECT_EQ(twice(true, true).value(), 14); }

TEST(Try, ReturnsTheErrorOfAValue) { EXPECT_EQ(twice(false, true).error(), (Error{Code::kNotFound, "no int here"})); }

TEST(Try, ReturnsTheErrorOfAStatus) { EXPECT_EQ(twice(true, false).error().code, Code::kInvalidArgument); }

TEST(ErrorTest, ContextStandsBeforeTheMessage) {
  EXPECT_EQ((Error{Code::kInternal, "b"}.with_context("a")).message, "a: b");
}

}  // namespace
}  // namespace tandem
