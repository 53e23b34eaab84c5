// SPDX-License-Identifier: Apache-2.0
// Children that end, fail, print too much, hang, and leave children of their own.
#include "base/subprocess.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>

namespace tandem {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

SubprocessOptions shell(std::string script) { return {"sh", {"-c", std::move(script)}, {}, {}}; }

TEST(SubprocessTest, GivesTheExitCode) {
  const auto done = run_to_end(shell("exit 3"), seconds(30));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->status, (ExitStatus{3, 0}));
  EXPECT_EQ(to_string(done->status), "exit code 3");
}

TEST(SubprocessTest, GivesTheSignal) {
  const auto done = run_to_end(shell("kill -SEGV $$"), seconds(30));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->status, (ExitStatus{0, SIGSEGV}));
  EXPECT_THAT(to_string(done->status), testing::StartsWith("signal 11 ("));
}

TEST(SubprocessTest, KeepsWhatIsPrintedOnBothStreams) {
  EXPECT_EQ(run_to_end(shell("echo out; echo err >&2"), seconds(30))->output, "out\nerr\n");
}

TEST(SubprocessTest, KeepsTheEndOfWhatIsTooMuch) {
  const auto done = run_to_end(shell("head -c 300000 /dev/zero; printf END"), seconds(30));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->output.size(), Subprocess::kOutputKept);
  EXPECT_THAT(done->output, testing::EndsWith("END"));
}

TEST(SubprocessTest, SaysThatThereIsNoSuchProgram) {
  const auto started = Subprocess::start({"no-such-program-of-tandem", {}, {}, {}});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::kNotFound);
  EXPECT_THAT(started.error().message, testing::HasSubstr("no-such-program-of-tandem"));
}

TEST(SubprocessTest, AddsToTheEnvironment) {
  SubprocessOptions options = shell("printf \"$TANDEM_WORD $HOME\"");
  options.environment = {{"TANDEM_WORD", "yes"}, {"HOME", "/nowhere"}};
  EXPECT_EQ(run_to_end(options, seconds(30))->output, "yes /nowhere");
}

TEST(SubprocessTest, PassesOnTheDescriptorsThatAreNamedAndNoOthers) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const Descriptor read_end(pipe[0]);
  const Descriptor write_end(pipe[1]);
  const Descriptor other(::open("/dev/null", O_RDONLY));  // not close-on-exec
  SubprocessOptions options = shell("printf hello >&3; [ ! -e /proc/self/fd/4 ]");
  options.inherit = {write_end.get()};
  EXPECT_TRUE(run_to_end(options, seconds(30))->status.success());
  std::array<char, 5> text{};
  ASSERT_EQ(::read(read_end.get(), text.data(), text.size()), 5);
  EXPECT_EQ(std::string(text.data(), text.size()), "hello");
}

TEST(SubprocessTest, IsKilledWhenItsTimeIsOver) {
  const auto done = run_to_end(shell("sleep 600"), milliseconds(50));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kDeadlineExceeded);
}

TEST(SubprocessTest, WaitReturnsWhileItRuns) {
  auto process = Subprocess::start(shell("sleep 600"));
  ASSERT_TRUE(process);
  EXPECT_FALSE(process->wait(milliseconds(1)));
  EXPECT_EQ(process->kill(), (ExitStatus{0, SIGKILL}));
  EXPECT_EQ(process->wait(milliseconds(0)), (ExitStatus{0, SIGKILL}));
}

/// The pipe closes when nobody is left who could write into it.
bool closes(Subprocess& process, seconds within) {
  const auto end = std::chrono::steady_clock::now() + within;
  std::array<char, 64> chunk;
  for (;;) {
    const ssize_t got = ::read(process.output_fd(), chunk.data(), chunk.size());
    if (got == 0) return true;
    if (std::chrono::steady_clock::now() > end) return false;
  }
}

TEST(SubprocessTest, TakesItsOwnChildrenWithItWhenKilled) {
  auto process = Subprocess::start(shell("sleep 600 & wait"));
  ASSERT_TRUE(process);
  process->kill();
  EXPECT_TRUE(closes(*process, seconds(30)));
}

TEST(SubprocessTest, LeavesNoChildrenBehindWhenItEnds) {
  auto process = Subprocess::start(shell("sleep 600 & exit 0"));
  ASSERT_TRUE(process);
  EXPECT_TRUE(process->wait(seconds(30)));
  EXPECT_TRUE(closes(*process, seconds(30)));
}

}  // namespace
}  // namespace tandem
