// SPDX-License-Identifier: Apache-2.0
// What was forgotten is there again when it is needed.
#include "base/code_pages.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace tandem {
namespace {

/// Of all files mapped into this process, in KiB: the line RssFile of /proc/self/status.
long resident_file_kib() {
  std::ifstream file("/proc/self/status");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return std::stol(text.substr(text.find("RssFile:") + 8));
}

TEST(ForgetCodePages, TheProgramRunsOn) {
  forget_code_pages();
  EXPECT_EQ(std::to_string(42) + "!", "42!");
}

TEST(ForgetCodePages, LessIsResident) {
  const long before = resident_file_kib();
  forget_code_pages();
  EXPECT_LT(resident_file_kib(), before);
}

}  // namespace
}  // namespace tandem
