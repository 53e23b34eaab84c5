// SPDX-License-Identifier: Apache-2.0
// Workers that speak the protocol wrongly on purpose: none harms this process, each is told apart from the user's
// mistakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "engines/python/python_engine.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

using testing::HasSubstr;

/// Stands in for the package tandem_worker, with one output of type `dtype`: answers load as an honest worker would,
/// and run with `answer`, lines of Python that may use send(kind, body), recv(), pack and place(dtype, shape, offset).
std::string hostile_program(const std::string& answer, DType dtype) {
  return "dtype = " + std::to_string(static_cast<int>(dtype)) + R"(
import os, socket, struct, sys, time
descriptors = socket.socket(fileno=5)
pack = struct.pack
def write(data): os.write(4, data)
def send(kind, body): write(pack("<IHH", len(body), kind, 0) + body)
def take(size):
    data = b""
    while len(data) < size:
        data += os.read(3, size - len(data)) or sys.exit(0)
    return data
def recv():
    size, kind, _ = struct.unpack("<IHH", take(8))
    body = take(size)
    return kind, body, socket.recv_fds(descriptors, 1, 1)[1] if kind == 2 else []
def text(t): return pack("<I", len(t)) + t
def spec(name, dtype): return text(name) + pack("<BBBq", dtype, 0, 1, -1) + text(b"n")
def place(dtype, shape, offset): return pack("<BBQ", dtype, len(shape), offset) + pack("<%dq" % len(shape), *shape)
recv()
send(16, text(b"hostile") + text(b"cpu") + text(b"M") + text(b"") + pack("<I", 1) + spec(b"x", 1) + pack("<I", 1) + spec(b"y", dtype) + b"\0")
while True:
    kind, body, _ = recv()
    if kind != 3: continue
)" + std::string("    ") +
         answer + "\n";
}

class HostileWorker : public testing::Test {
 protected:
  Result<std::vector<Tensor>> run(const std::string& answer, DType dtype = DType::kFloat32) {
    std::filesystem::create_directories(folder_.path() / "tandem_worker");
    EXPECT_TRUE(write_file_atomic(folder_.path() / "tandem_worker" / "child.py", hostile_program(answer, dtype)));
    EXPECT_TRUE(write_file_atomic(folder_.path() / "m.py", ""));
    PythonEngineOptions options;
    options.interpreter = TANDEM_TEST_PYTHON;
    options.sdk = folder_.path();
    options.run_timeout = std::chrono::seconds(20);
    const auto engine = make_python_engine(options);
    auto session = engine->load(folder_.path() / "m.py", {});
    if (!session) return fail(session.error());
    std::vector<Tensor> inputs;
    inputs.push_back(*Tensor::allocate(DType::kFloat32, {4}));
    return (*session)->run(inputs);
  }

  void expect_refused(const std::string& answer, const std::string& sentence) {
    const auto outputs = run(answer);
    ASSERT_FALSE(outputs) << answer;
    EXPECT_THAT(outputs.error().message, HasSubstr(sentence)) << answer;
  }

  TempDir folder_;
};

TEST_F(HostileWorker, ThatIsHonestIsBelieved) {
  const auto outputs = run("send(18, pack('<Q', 64)); recv(); send(17, pack('<I', 1) + place(1, [4], 0))");
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_EQ((*outputs)[0].shape(), (Shape{4}));
}

TEST_F(HostileWorker, CannotPointOutsideOfTheMemory) {
  const std::string prologue = "send(18, pack('<Q', 64)); recv(); ";
  for (const char* place : {"place(1, [4], 1 << 40)", "place(1, [4], (1 << 64) - 8)", "place(1, [1 << 40], 0)",
                            "place(1, [1 << 20], 65535)"}) {
    expect_refused(prologue + "send(17, pack('<I', 1) + " + place + ")", "lies outside of the");
  }
}

TEST_F(HostileWorker, CannotPointIntoMemoryThatIsNotThere) {
  expect_refused("send(17, pack('<I', 1) + place(1, [4], 0))", "lies outside of the 0 bytes");
}

TEST_F(HostileWorker, CannotSendImpossibleShapes) {
  expect_refused("send(17, pack('<I', 1) + place(1, [-1], 0))", "is broken");
  expect_refused("send(17, pack('<I', 1) + place(1, [1 << 62, 1 << 62], 0))", "is broken");
}

TEST_F(HostileWorker, CannotAskForAllMemory) {
  EXPECT_EQ(run("send(18, pack('<Q', 1 << 60))").error().code, Code::kResourceExhausted);
}

TEST_F(HostileWorker, CannotAskForMemoryForEver) {
  expect_refused("send(18, pack('<Q', 64)); recv(); send(18, pack('<Q', 128))", "broke the protocol");
}

TEST_F(HostileWorker, CannotShrinkTheMemory) {
  // Would end this process with SIGBUS at its next look; the seal refuses it, and the worker fails instead.
  expect_refused("send(18, pack('<Q', 64)); os.ftruncate(recv()[2][0], 0)", "PermissionError");
}

TEST_F(HostileWorker, CannotSendEndlessMessages) {
  expect_refused("write(pack('<IHH', 1 << 30, 17, 0)); time.sleep(60)", "at most");
}

TEST_F(HostileWorker, MustSpeakTheProtocol) {
  expect_refused("write(b'GET / HTTP/1.1')", "is broken");
  expect_refused("send(99, b'')", "message 99 after run");
  expect_refused("send(17, pack('<I', 2) + place(1, [0], 0) * 2)", "2 results for 1 outputs");
  expect_refused("send(19, pack('<I', 77) + text(b'x'))", "no error code 77");
}

TEST_F(HostileWorker, CannotAnswerTwice) {
  expect_refused("write((pack('<IHH', 4, 17, 0) + pack('<I', 0)) * 2)", "it sent more than it was asked for");
}

TEST_F(HostileWorker, CannotGiveAStagesValueForAResult) {
  expect_refused("send(20, pack('<I', 0) + text(b'{}'))", "message 20 after run");
}

TEST_F(HostileWorker, CannotPassBoolsThatAreNone) {
  const auto outputs =
      run("send(18, pack('<Q', 64)); _, _, rights = recv(); os.pwrite(rights[0], b'\\x07', 0); "
          "send(17, pack('<I', 1) + place(9, [4], 0))",
          DType::kBool);
  ASSERT_FALSE(outputs);
  EXPECT_THAT(outputs.error().message, HasSubstr("neither 0 nor 1"));
}

}  // namespace
}  // namespace tandem
