// SPDX-License-Identifier: Apache-2.0
// Facts about loading a model to serve: how many threads it gets when nobody says.
#include "serve/models/loaded_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/fake_clock.h"
#include "support/fake_engine.h"
#include "support/temp_dir.h"

namespace tandem::serve {
namespace {

using std::chrono::microseconds;
using ::testing::ElementsAre;

/// Keeps the thread counts it was asked for; a run of its models moves the clock on.
class CountingEngine final : public Engine {
 public:
  CountingEngine(FakeClock& clock, microseconds run, std::vector<int>& threads)
      : clock_(clock), run_(run), threads_(threads) {}

  std::string_view name() const override { return "onnxruntime"; }
  std::string version() const override { return "0"; }
  std::string_view description() const override { return "a fake"; }
  Status available() const override { return {}; }
  std::vector<EngineDevice> devices() const override { return {}; }
  bool supports(std::string_view) const override { return true; }
  Result<std::unique_ptr<Session>> load(const std::filesystem::path&, const SessionOptions& options) override {
    threads_.push_back(options.threads);
    return std::make_unique<FakeSession>(fake_vector_model(1), [this](auto inputs, auto outputs) {
      clock_.advance(run_);
      return doubling_session(1)->run(inputs, outputs);
    });
  }
  Result<std::unique_ptr<Session>> load_bytes(std::span<const std::byte>, const SessionOptions& options) override {
    return load({}, options);
  }

 private:
  FakeClock& clock_;
  microseconds run_;
  std::vector<int>& threads_;
};

struct Kind {
  microseconds run{50};
  int threads = 0;           // as the operator says; 0: nothing
  std::uintmax_t bytes = 4;  // of the file
};

/// The thread counts with which such a model was loaded; 0 stands for the CPU budget.
std::vector<int> loads(const Kind& kind) {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "m.onnx";
  std::ofstream(file) << "onnx";
  std::filesystem::resize_file(file, kind.bytes);  // sparse
  FakeClock clock;
  std::vector<int> asked;
  EngineRegistry engines;
  engines.add(std::make_unique<CountingEngine>(clock, kind.run, asked));
  LoadOptions options;
  options.session.threads = kind.threads;
  options.clock = &clock;
  const auto model = load_model({"m", file, {}, {}}, engines, options);
  EXPECT_TRUE(model) << model.error().message;
  return asked;
}

TEST(LoadModel, AQuickModelKeepsToOneThread) { EXPECT_THAT(loads({}), ElementsAre(1)); }
TEST(LoadModel, ALongerOneGetsTheCpuBudget) { EXPECT_THAT(loads({.run = microseconds(900)}), ElementsAre(1, 0)); }
TEST(LoadModel, AThreadCountThatWasGivenIsKept) {
  EXPECT_THAT(loads({.run = microseconds(900), .threads = 3}), ElementsAre(3));
}
TEST(LoadModel, AModelOfManyWeightsIsLoadedOnce) { EXPECT_THAT(loads({.bytes = 9 << 20}), ElementsAre(0)); }

}  // namespace
}  // namespace tandem::serve
