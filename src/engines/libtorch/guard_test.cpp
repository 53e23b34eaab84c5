// SPDX-License-Identifier: Apache-2.0
// What becomes of LibTorch's exceptions.
#include "engines/libtorch/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace tandem::libtorch {
namespace {

TEST(LibTorchMessage, IsTheReasonWithoutTraceback) {
  EXPECT_EQ(
      plain_message("The following operation failed in the TorchScript interpreter.\n"
                    "Traceback of TorchScript, serialized code (most recent call last):\n"
                    "  File \"code/a.py\", line 7, in forward\n    x = torch.matmul(x, w)\n        ~~~ <--- HERE\n"
                    "RuntimeError: mat1 and mat2 shapes\n cannot be multiplied"),
      "mat1 and mat2 shapes cannot be multiplied");
}

TEST(LibTorchMessage, LeavesOutItsOwnStack) {
  EXPECT_EQ(
      plain_message("Unknown builtin op: a::b.\n\nException raised from x at y.cpp:1 (most recent call first):\n"),
      "Unknown builtin op: a::b.");
}

TEST(LibTorchMessage, IsNeverEmptyAndNeverLong) {
  EXPECT_EQ(plain_message("\nframe #0: x"), "LibTorch gives no reason");
  EXPECT_LT(plain_message(std::string(100'000, 'x')).size(), 1010U);
}

TEST(LibTorchErrors, TellWhoseMistakeItIs) {
  EXPECT_EQ(to_error("mat1 and mat2 shapes cannot be multiplied (1x3 and 4x5)").code, Code::kInvalidArgument);
  EXPECT_EQ(to_error("CUDA out of memory.").code, Code::kResourceExhausted);
  EXPECT_EQ(to_error("DefaultCPUAllocator: can't allocate memory: you tried 1 bytes").code, Code::kResourceExhausted);
  EXPECT_EQ(to_error("INTERNAL ASSERT FAILED").code, Code::kInternal);
}

TEST(LibTorchErrors, EndEveryException) {
  EXPECT_EQ(guarded([]() -> Status { throw std::bad_alloc(); }).error().code, Code::kResourceExhausted);
  EXPECT_EQ(guarded([]() -> Status { throw std::runtime_error("x"); }).error().message, "x");
  EXPECT_EQ(guarded([]() -> Status { throw 1; }).error().code, Code::kInternal);
}

}  // namespace
}  // namespace tandem::libtorch
