// SPDX-License-Identifier: Apache-2.0
// Models whose steps have worker processes of their own, and models that need no Python of their user.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/file.h"
#include "engines/python/python_engine.h"
#include "support/temp_dir.h"

namespace tandem {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// x goes through three stages, each of which adds the number of its process; two of them also do what is given.
std::string staged_model(const std::string& predict, const std::string& preprocess) {
  return R"(import os, time
import numpy as np
from tandem_worker import TensorSpec

class Model:
    workers = {"preprocess": 2, "predict": 1, "postprocess": 1}
    def load(self, path, device):
        self.weights = 10 if self.stage == "predict" else None
    def info(self):
        return {"inputs": [TensorSpec("x", "float32", ("batch", "width"))],
                "outputs": [TensorSpec("y", "float32", ("batch", "width")), TensorSpec("pids", "int64", (3,))]}
    def preprocess(self, inputs):
        x = inputs["x"]
)" + ("        " + preprocess + "\n") +
         R"(        return {"x": x + 1, "pids": [os.getpid()]}
    def predict(self, data):
        x = data["x"]
)" + ("        " + predict + "\n") +
         R"(        return {"x": x * self.weights, "pids": data["pids"] + [os.getpid()]}
    def postprocess(self, data):
        return {"y": data["x"] + 0.5, "pids": np.int64(data["pids"] + [os.getpid()])}
)";
}

class PythonStages : public testing::Test {
 protected:
  Result<std::unique_ptr<Session>> load(const std::string& predict, const std::string& preprocess = "pass") {
    PythonEngineOptions options;
    options.interpreter = TANDEM_TEST_PYTHON;
    engine_ = make_python_engine(options);
    EXPECT_TRUE(write_file_atomic(folder_.path() / "model.py", staged_model(predict, preprocess)));
    SessionOptions session;
    session.threads = 1;
    return engine_->load(folder_.path() / "model.py", session);
  }

  static Result<std::vector<Tensor>> run(Session& session, std::size_t width, float value) {
    const std::vector<float> x(width, value);
    std::vector<Tensor> inputs;
    inputs.push_back(*Tensor::from<float>({1, static_cast<std::int64_t>(width)}, x));
    return session.run(inputs);
  }

  TempDir folder_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(PythonStages, RunInProcessesOfTheirOwn) {
  auto session = load("pass");
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_THAT((*session)->describe(), HasSubstr("4 worker processes (preprocess 2, predict 1, postprocess 1)"));
  EXPECT_EQ((*session)->calls_at_once(), 4);
  const auto outputs = run(**session, 3, 2);
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_THAT((*outputs)[0].values<float>(), ElementsAre(30.5F, 30.5F, 30.5F));
  const auto pids = (*outputs)[1].values<std::int64_t>();
  EXPECT_TRUE(pids[0] != pids[1] && pids[1] != pids[2] && pids[0] != pids[2]);
}

TEST_F(PythonStages, HandOnValuesOfAnySize) {
  auto session = load("pass");
  ASSERT_TRUE(session) << session.error().message;
  for (const std::size_t width : {std::size_t{1}, std::size_t{300'000}, std::size_t{0}, std::size_t{5}}) {
    const auto outputs = run(**session, width, 1);
    ASSERT_TRUE(outputs) << outputs.error().message;
    EXPECT_EQ((*outputs)[0].values<float>().size(), width);
    if (width > 0) {
      EXPECT_EQ((*outputs)[0].values<float>().back(), 20.5F);
    }
  }
}

TEST_F(PythonStages, LetTheNextCallIntoAStageThatIsFree) {
  // The first call stays in predict until there is a file, which the second one's preprocessing makes.
  const std::string file = (folder_.path() / "go").string();
  auto session = load("deadline = time.monotonic() + 60\n        while x[0, 0] == 1 and not os.path.exists('" + file +
                          "'):\n            assert time.monotonic() < deadline\n            time.sleep(0.001)",
                      "if x[0, 0] == 7: open('" + file + "', 'w').close()");
  ASSERT_TRUE(session) << session.error().message;
  auto first = std::async(std::launch::async, [&] { return run(**session, 1, 0); });
  auto second = std::async(std::launch::async, [&] { return run(**session, 1, 7); });
  EXPECT_THAT((*first.get())[0].values<float>(), ElementsAre(10.5F));
  EXPECT_THAT((*second.get())[0].values<float>(), ElementsAre(80.5F));
}

TEST_F(PythonStages, FailOneCallWhenAWorkerOfOneStageDies) {
  auto session = load("if x[0, 0] == 1: os._exit(7)");
  ASSERT_TRUE(session) << session.error().message;
  const auto died = run(**session, 1, 0);
  ASSERT_FALSE(died);
  EXPECT_THAT(died.error().message, HasSubstr("exit code 7"));
  EXPECT_TRUE(run(**session, 1, 1));
}

TEST_F(PythonStages, SayWhatCannotBeHandedOn) {
  auto session = load("data['pids'] = [{1, 2}]");
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_THAT(run(**session, 1, 0).error().message, HasSubstr("predict() gave a set"));
}

TEST(PythonPickle, IsNotLoadedWithoutBeingAllowed) {
  const TempDir folder;
  const auto ran = folder.path() / "ran";
  const auto file = folder.path() / "model.pkl";
  ASSERT_TRUE(write_file_atomic(file, "cos\nsystem\n(S'touch " + ran.string() + "'\ntR."));
  PythonEngineOptions options;
  options.interpreter = TANDEM_TEST_PYTHON;
  const auto engine = make_python_engine(options);
  const auto session = engine->load(file, {});
  ASSERT_FALSE(session);
  EXPECT_THAT(session.error().message, AllOf(HasSubstr("model.pkl"), HasSubstr("--allow-pickle")));
  EXPECT_FALSE(std::filesystem::exists(ran));
}

}  // namespace
}  // namespace tandem
