// SPDX-License-Identifier: Apache-2.0
// What is said of interpreters that will do, and of those that will not.
#include "engines/python/interpreter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace tandem::python {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(InterpreterTest, ReadsVersionsBehindWhateverIsPrintedBefore) {
  const auto found = read_versions("python3", "a warning\ntandem-python 3.11.2 2.4.6 /opt/my env/bin/python3\n");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->python_version, "3.11.2");
  EXPECT_EQ(found->numpy_version, "2.4.6");
  EXPECT_EQ(found->program, "/opt/my env/bin/python3");
}

TEST(InterpreterTest, SaysHowToGetNumPy) {
  const auto found = read_versions("python3", "tandem-python 3.11.7 - /usr/bin/python3\n");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kUnavailable);
  EXPECT_THAT(found.error().message, AllOf(HasSubstr("pip install numpy"), HasSubstr("TANDEM_PYTHON")));
}

TEST(InterpreterTest, IsNotTooOld) {
  EXPECT_THAT(read_versions("python3", "tandem-python 3.8.10 1.20 /usr/bin/python3\n").error().message,
              HasSubstr("3.9 or newer"));
}

TEST(InterpreterTest, IsPython) {
  EXPECT_THAT(find_interpreter("true").error().message, HasSubstr("did not answer as Python does"));
}

TEST(InterpreterTest, ThatIsMissingIsSaid) {
  const auto found = find_interpreter("no-such-python");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kUnavailable);
  EXPECT_THAT(found.error().message, AllOf(HasSubstr("no-such-python"), HasSubstr("TANDEM_PYTHON")));
}

TEST(InterpreterTest, OfTheTestsIsFound) {
  const auto found = find_interpreter(TANDEM_TEST_PYTHON);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(found->python_version, testing::StartsWith("3."));
}

TEST(WorkerPackage, IsFoundInTheSources) { EXPECT_TRUE(find_sdk({}, {})); }

TEST(WorkerPackage, ThatIsNamedIsTheOnlyOneTried) {
  const TempDir empty;
  const auto found = find_sdk(empty.path(), {});
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, AllOf(HasSubstr(empty.path().string()), HasSubstr("TANDEM_PYTHON_SDK")));
}

}  // namespace
}  // namespace tandem::python
