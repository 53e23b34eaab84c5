// SPDX-License-Identifier: Apache-2.0
// The engine with small models of real Python: what they compute, and what becomes of them when they misbehave.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <future>

#include "base/file.h"
#include "engines/python/python_engine.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// One float32 input x and one output y of its shape; `body` are the lines of infer(self, x).
std::string vector_model(const std::string& body) {
  std::string text = R"(import ctypes, os, sys, time
import numpy as np
from tandem_worker import InvalidInput, TensorSpec

class Model:
    """A model of a test."""
    def info(self):
        spec = ("float32", ("batch", "width"))
        return {"inputs": [TensorSpec("x", *spec)], "outputs": [TensorSpec("y", *spec)]}
    def infer(self, inputs):
        x = inputs["x"]
)";
  return text + "        " + body + "\n";
}

class PythonEngineTest : public testing::Test {
 protected:
  PythonEngineTest() { options_.interpreter = TANDEM_TEST_PYTHON; }

  std::filesystem::path write(const std::string& name, const std::string& text) {
    const auto file = folder_.path() / name;
    EXPECT_TRUE(write_file_atomic(file, text));
    return file;
  }

  Result<std::unique_ptr<Session>> load(const std::string& text, int instances = 1) {
    engine_ = make_python_engine(options_);
    SessionOptions options;
    options.instances = instances;
    options.threads = 1;
    return engine_->load(write("model.py", text), options);
  }

  /// The values of y, or the error's sentence alone.
  static Result<std::vector<float>> run(Session& session, std::vector<float> x) {
    std::vector<Tensor> inputs;
    inputs.push_back(*Tensor::from<float>({1, static_cast<std::int64_t>(x.size())}, x));
    auto outputs = session.run(inputs);
    if (!outputs) return fail(outputs.error());
    const auto y = (*outputs)[0].values<float>();
    return std::vector<float>(y.begin(), y.end());
  }

  PythonEngineOptions options_;
  TempDir folder_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(PythonEngineTest, RunsTheUsersCode) {
  auto session = load(vector_model("return {'y': x * 2}"));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_THAT(*run(**session, {1, 2, 3}), ElementsAre(2, 4, 6));
  EXPECT_THAT(*run(**session, {5}), ElementsAre(10));
}

TEST_F(PythonEngineTest, AnswersWhileBothSidesWaitAwake) {
  options_.busy_poll = std::chrono::milliseconds(10);
  auto session = load(vector_model("return {'y': x * 2}"));
  ASSERT_TRUE(session) << session.error().message;
  for (float i = 0; i < 100; ++i) EXPECT_THAT(*run(**session, {i}), ElementsAre(2 * i));
}

TEST_F(PythonEngineTest, NoticesADeathWhileItWaitsAwake) {
  options_.busy_poll = std::chrono::seconds(20);
  auto session = load(vector_model("return {'y': x} if x[0, 0] < 40 else os._exit(3)"));
  ASSERT_TRUE(session) << session.error().message;
  for (float i = 0; i < 40; ++i) ASSERT_TRUE(run(**session, {i}));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(run(**session, {40}).error().message, HasSubstr("exit code 3"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST_F(PythonEngineTest, TellsWhatTheModelIs) {
  auto session = load(vector_model("return {'y': x}"));
  ASSERT_TRUE(session) << session.error().message;
  const ModelInfo& info = (*session)->info();
  EXPECT_EQ(to_string(info.inputs.at(0)), "x: float32[batch,width]");
  EXPECT_EQ(info.description, "A model of a test.");
  EXPECT_THAT((*session)->describe(), AllOf(HasSubstr("cpu, 1 thread, 1 worker process"), HasSubstr("NumPy")));
}

TEST_F(PythonEngineTest, WritesIntoTheCallersMemory) {
  auto session = load(vector_model("return {'y': x + 1}"));
  ASSERT_TRUE(session);
  const std::array<float, 2> x{1, 2};
  std::vector<Tensor> inputs;
  inputs.push_back(*Tensor::from<float>({1, 2}, x));
  std::vector<Tensor> outputs;
  outputs.push_back(*Tensor::allocate(DType::kFloat32, {1, 2}));
  const void* memory = outputs[0].data();
  ASSERT_TRUE((*session)->run(inputs, outputs));
  EXPECT_EQ(outputs[0].data(), memory);
  EXPECT_EQ(outputs[0].values<float>()[1], 3);
}

TEST_F(PythonEngineTest, SharesMemoryThatGrows) {
  auto session = load(vector_model("return {'y': np.repeat(x, 3, axis=1)}"));
  ASSERT_TRUE(session);
  for (const std::size_t size : {std::size_t{10}, std::size_t{100'000}, std::size_t{20}, std::size_t{1'000'000}}) {
    std::vector<float> x(size);
    x.back() = 7;
    const auto y = run(**session, x);
    ASSERT_TRUE(y) << y.error().message;
    EXPECT_EQ(y->size(), 3 * size);
    EXPECT_EQ(y->back(), 7);
  }
}

TEST_F(PythonEngineTest, CarriesEveryElementTypeOfNumPy) {
  auto session = load(R"(from tandem_worker import TensorSpec
TYPES = ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool",
         "complex64", "complex128"]
class Echo:
    def info(self):
        return {"inputs": [TensorSpec(t, t, (3,)) for t in TYPES], "outputs": [TensorSpec("o" + t, t, (3,)) for t in TYPES]}
    def infer(self, inputs):
        return {"o" + t: inputs[t][::-1] for t in TYPES}
)");
  ASSERT_TRUE(session) << session.error().message;
  std::vector<Tensor> inputs;
  for (const TensorSpec& spec : (*session)->info().inputs) {
    inputs.push_back(*Tensor::allocate(spec.dtype, {3}));
    auto bytes = inputs.back().mutable_bytes();
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 3 < bytes.size() ? 1 : 0);
  }
  const auto outputs = (*session)->run(inputs);
  ASSERT_TRUE(outputs) << outputs.error().message;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_EQ((*outputs)[i].dtype(), inputs[i].dtype());
    const std::size_t element = inputs[i].byte_size() / 3;
    EXPECT_TRUE(std::ranges::equal(inputs[i].bytes().first(element), (*outputs)[i].bytes().last(element)));
  }
}

TEST_F(PythonEngineTest, TakesTensorsWithoutElements) {
  auto session = load(vector_model("return {'y': x}"));
  ASSERT_TRUE(session);
  EXPECT_THAT(*run(**session, {}), testing::IsEmpty());
}

TEST_F(PythonEngineTest, LeavesOptionalInputsOut) {
  auto session = load(R"(from tandem_worker import TensorSpec
import numpy as np
class Count:
    def info(self):
        return {"inputs": [TensorSpec("a", "float32", (1,)), ("b", "float32", (1,), True)],
                "outputs": [("n", "int64", ())]}
    def infer(self, inputs):
        return {"n": np.int64(len(inputs))}
)");
  ASSERT_TRUE(session) << session.error().message;
  std::vector<Tensor> inputs(2);
  inputs[0] = *Tensor::allocate(DType::kFloat32, {1});
  EXPECT_EQ((*session)->run(inputs)->at(0).values<std::int64_t>()[0], 1);
}

TEST_F(PythonEngineTest, LoadsTheCheckpointBesideTheCode) {
  write("model.npz", "weights");
  auto session = load(R"(import numpy as np
class Model:
    def load(self, path, device):
        self.size = len(path.read_text())
        self.device = device
    def info(self):
        return {"inputs": [], "outputs": [("size", "int64", ()), ("cpu", "bool", ())]}
    def infer(self, inputs):
        return {"size": np.int64(self.size), "cpu": np.bool_(self.device == "cpu")}
)");
  ASSERT_TRUE(session) << session.error().message;
  const auto outputs = (*session)->run({});
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_EQ((*outputs)[0].values<std::int64_t>()[0], 7);
  EXPECT_TRUE((*outputs)[1].values<bool>()[0]);
}

TEST_F(PythonEngineTest, ChecksInputsBeforeTheyTravel) {
  auto session = load(vector_model("return {'y': x}"));
  ASSERT_TRUE(session);
  std::vector<Tensor> inputs;
  inputs.push_back(*Tensor::allocate(DType::kInt64, {1, 1}));
  const auto outputs = (*session)->run(inputs);
  ASSERT_FALSE(outputs);
  EXPECT_EQ(outputs.error().message, "input 'x': expected float32, got int64");
}

TEST_F(PythonEngineTest, SaysTheTracebacksLastLineAndLivesOn) {
  auto session = load(vector_model("return {'y': x} if x[0, 0] > 0 else {}[7]"));
  ASSERT_TRUE(session);
  const auto failed = run(**session, {0});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), (Error{Code::kInternal, "KeyError: 7 (model.py, line 12, in infer)"}));
  EXPECT_THAT(*run(**session, {1}), ElementsAre(1));
}

TEST_F(PythonEngineTest, LetsTheModelBlameTheCaller) {
  auto session = load(vector_model("raise InvalidInput('x is bad')"));
  ASSERT_TRUE(session);
  EXPECT_EQ(run(**session, {0}).error().code, Code::kInvalidArgument);
}

TEST_F(PythonEngineTest, StartsAWorkerAgainThatCrashed) {
  auto session = load(vector_model("return {'y': x if x[0, 0] > 0 else ctypes.string_at(0)}"));
  ASSERT_TRUE(session);
  const auto crashed = run(**session, {0});
  ASSERT_FALSE(crashed);
  EXPECT_EQ(crashed.error().code, Code::kUnavailable);
  EXPECT_THAT(crashed.error().message, AllOf(HasSubstr("signal 11"), HasSubstr("Segmentation fault")));
  EXPECT_THAT(*run(**session, {1}), ElementsAre(1));
}

TEST_F(PythonEngineTest, StartsAWorkerAgainThatEndedBetweenCalls) {
  auto session = load(vector_model("return {'y': np.array([[os.getpid()]], 'float32')}"));
  ASSERT_TRUE(session);
  const auto first = run(**session, {1});
  ASSERT_TRUE(first) << first.error().message;
  const auto pid = static_cast<pid_t>(first->at(0));
  ASSERT_EQ(::kill(pid, SIGKILL), 0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  const auto second = run(**session, {1});
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_NE(second->at(0), first->at(0));
}

TEST_F(PythonEngineTest, MakesAWorkerThatKeepsCrashingWait) {
  auto session = load(vector_model("print('last words'); sys.stdout.flush(); os._exit(3)"));
  ASSERT_TRUE(session);
  EXPECT_THAT(run(**session, {1}).error().message, AllOf(HasSubstr("exit code 3"), HasSubstr("last words")));
  EXPECT_THAT(run(**session, {1}).error().message, HasSubstr("exit code 3"));
  EXPECT_THAT(run(**session, {1}).error().message, HasSubstr("may be started again in"));
}

TEST_F(PythonEngineTest, KillsAWorkerThatTakesTooLong) {
  options_.run_timeout = milliseconds(300);
  auto session = load(vector_model("time.sleep(0 if x[0, 0] > 0 else 600); return {'y': x}"));
  ASSERT_TRUE(session);
  EXPECT_EQ(run(**session, {0}).error(),
            (Error{Code::kDeadlineExceeded, "the Python worker did not answer within 300 ms and was killed"}));
  EXPECT_THAT(*run(**session, {1}), ElementsAre(1));
}

TEST_F(PythonEngineTest, IsNotStoppedByAModelThatPrintsMuch) {
  auto session = load(vector_model("print('x' * 1000000); return {'y': x}"));
  ASSERT_TRUE(session);
  EXPECT_TRUE(run(**session, {1}));
}

TEST_F(PythonEngineTest, SaysWhenTheModelBreaksItsOwnWord) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"return {'y': x[0]}", "its info() says float32[batch,width], infer() gave float32[1]"},
      {"return {'y': x.astype('float64')}", "infer() gave float64[1,1]"},
      {"return {'z': x}", "infer() gave no output 'y', only z"},
      {"return x", "infer() must return a dict of arrays, got ndarray"},
      {"return {'y': [1]}", "output 'y' must be a NumPy array, got list"},
      {"return {'y': x.astype(object)}", "cannot be exchanged"},
  };
  for (const auto& [body, expected] : table) {
    auto session = load(vector_model(body));
    ASSERT_TRUE(session) << session.error().message;
    const auto failed = run(**session, {1});
    ASSERT_FALSE(failed) << body;
    EXPECT_THAT(failed.error().message, HasSubstr(expected));
  }
}

TEST_F(PythonEngineTest, RefusesResultsAboveTheMemoryLimitAndLivesOn) {
  options_.memory_limit_bytes = 1 << 20;
  auto session = load(vector_model("return {'y': x if x[0, 0] > 0 else np.zeros([1, 10**7], 'float32')}"));
  ASSERT_TRUE(session);
  EXPECT_EQ(run(**session, {0}).error().code, Code::kResourceExhausted);
  EXPECT_THAT(*run(**session, {1}), ElementsAre(1));
}

TEST_F(PythonEngineTest, SaysWhyAModelDoesNotLoad) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"import no_such_module",
       "ModuleNotFoundError: No module named 'no_such_module' (model.py, line 1, in <module>)"},
      {"def f(:", "SyntaxError"},
      {"x = 1", "expected one class with a method infer"},
      {"class A:\n def infer(self): pass\nclass B:\n def infer(self): pass", "found A, B"},
      {"class A:\n def infer(self): pass\n def info(self): return {'inputs': [], 'outputs': [('y', 'object', ())]}",
       "cannot be exchanged"},
      {"import os; os._exit(9)", "exit code 9"},
  };
  for (const auto& [text, expected] : table) {
    const auto session = load(text);
    ASSERT_FALSE(session) << text;
    EXPECT_THAT(session.error().message, AllOf(HasSubstr("model.py"), HasSubstr(expected)));
  }
}

TEST_F(PythonEngineTest, RunsAsManyCallsAtOnceAsItHasInstances) {
  // Each call waits until the other one is there, too.
  const auto meeting = folder_.path().string();
  auto session = load(vector_model("open('" + meeting +
                                   "/' + str(os.getpid()), 'w').close()\n"
                                   "        while len([n for n in os.listdir('" +
                                   meeting +
                                   "') if n.isdigit()]) < 2:\n"
                                   "            time.sleep(0.001)\n"
                                   "        return {'y': x}"),
                      2);
  ASSERT_TRUE(session) << session.error().message;
  auto first = std::async(std::launch::async, [&] { return run(**session, {1}); });
  auto second = std::async(std::launch::async, [&] { return run(**session, {2}); });
  EXPECT_THAT(*first.get(), ElementsAre(1));
  EXPECT_THAT(*second.get(), ElementsAre(2));
}

TEST_F(PythonEngineTest, AnswersManyThreadsFromOneWorker) {
  auto session = load(vector_model("return {'y': x * 2}"));
  ASSERT_TRUE(session);
  std::vector<std::future<bool>> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.push_back(std::async(std::launch::async, [&session, caller] {
      bool right = true;
      for (int i = 0; i < 50; ++i) {
        const auto value = static_cast<float>(100 * caller + i);
        const auto y = run(**session, {value});
        right = right && y && y->at(0) == 2 * value;
      }
      return right;
    }));
  }
  for (auto& caller : callers) EXPECT_TRUE(caller.get());
}

TEST(PythonEngine, SaysWhatIsWrongWithItsOptions) {
  const auto engine = make_python_engine(invalid_argument("bad options"));
  EXPECT_EQ(engine->available().error().message, "bad options");
  EXPECT_EQ(engine->version(), "");
}

}  // namespace
}  // namespace tandem
