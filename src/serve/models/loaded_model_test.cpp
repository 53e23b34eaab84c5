// SPDX-License-Identifier: Apache-2.0
// Facts about loading a model to serve: how many threads it gets when nobody says.
#include "serve/models/loaded_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "support/fake_clock.h"
#include "support/fake_engine.h"
#include "support/temp_dir.h"

namespace tandem::serve {
namespace {

using std::chrono::microseconds;
using ::testing::ElementsAre;

/// What an instance of a model is.
enum class InstanceKind { kCall, kStream, kProcess };

/// How it was asked to load models.
struct Loads {
  std::vector<int> threads;
  std::vector<int> instances;
};

/// Keeps the counts it was asked for; a run of its models moves the clock on.
class CountingEngine final : public Engine {
 public:
  /// run[0]: of one thread, run[1]: of more
  CountingEngine(FakeClock& clock, std::array<microseconds, 2> run, InstanceKind kind, Loads& loads)
      : clock_(clock), run_(run), kind_(kind), loads_(loads) {}

  std::string_view name() const override { return "onnxruntime"; }
  std::string version() const override { return "0"; }
  std::string_view description() const override { return "a fake"; }
  Status available() const override { return {}; }
  std::vector<EngineDevice> devices() const override { return {}; }
  bool supports(std::string_view) const override { return true; }
  bool copies_for_instances() const override { return kind_ != InstanceKind::kCall; }
  bool instances_are_cheap() const override { return kind_ != InstanceKind::kProcess; }
  Result<std::unique_ptr<Session>> load(const std::filesystem::path&, const SessionOptions& options) override {
    loads_.threads.push_back(options.threads);
    loads_.instances.push_back(options.instances);
    const microseconds run = run_[options.threads == 1 ? 0 : 1];
    return std::make_unique<FakeSession>(fake_vector_model(1), [this, run](auto inputs, auto outputs) {
      clock_.advance(run * inputs[0].shape()[0]);
      return doubling_session(1)->run(inputs, outputs);
    });
  }
  Result<std::unique_ptr<Session>> load_bytes(std::span<const std::byte>, const SessionOptions& options) override {
    return load({}, options);
  }

 private:
  FakeClock& clock_;
  std::array<microseconds, 2> run_;
  InstanceKind kind_;
  Loads& loads_;
};

struct Kind {
  std::array<microseconds, 2> run{microseconds(50), microseconds(50)};  // with one thread, with more
  int threads = 0;                                                      // as the operator says; 0: nothing
  int instances = 0;
  std::uintmax_t bytes = 4;  // of the file
  std::chrono::milliseconds measure_limit = LoadOptions().measure_limit;
  std::string config = "";  // YAML
  InstanceKind instance = InstanceKind::kCall;
  bool kept = false;  // the model before it had two runs of one thread, and one of two for a lone request
};

struct Outcome {
  std::vector<int> loads;             // the thread counts with which the model was loaded
  std::vector<int> instances_loaded;  // and the instances that the engine was asked for
  int instances = 0;
  int threads = 0;
  std::int64_t useful_batch_size = 0;
  std::size_t batches_measured = 0;
  int lone_threads = 0;
};

/// How such a model is loaded where there are two cores.
Outcome load(const Kind& kind) {
  const TempDir folder;
  const std::filesystem::path file = folder.path() / "m.onnx";
  const std::filesystem::path config = folder.path() / "m.yaml";
  std::ofstream(file) << "onnx";
  std::filesystem::resize_file(file, kind.bytes);  // sparse
  if (!kind.config.empty()) std::ofstream(config) << "schema: 1\ntask: test\n" << kind.config;
  FakeClock clock;
  Outcome outcome;
  EngineRegistry engines;
  Loads loads;
  engines.add(std::make_unique<CountingEngine>(clock, kind.run, kind.instance, loads));
  LoadOptions options;
  options.session.threads = kind.threads;
  options.instances = kind.instances;
  options.cores = std::make_shared<CoreTokens>(2);
  options.measure_limit = kind.measure_limit;
  options.clock = &clock;
  if (kind.kept) {
    options.kept = {2, 1};
    options.kept_lone = {1, 2};
  }
  const auto model =
      load_model({"m", file, {}, kind.config.empty() ? std::filesystem::path() : config}, engines, options);
  EXPECT_TRUE(model) << model.error().message;
  if (!model) return outcome;
  outcome.loads = loads.threads;
  outcome.instances_loaded = loads.instances;
  outcome.instances = (*model)->instances;
  outcome.threads = (*model)->threads;
  outcome.useful_batch_size = (*model)->useful_batch_size;
  outcome.batches_measured = (*model)->latency.size();
  outcome.lone_threads = (*model)->lone_threads;
  return outcome;
}

constexpr std::array<microseconds, 2> kScales{microseconds(900), microseconds(500)};
constexpr std::array<microseconds, 2> kScalesNot{microseconds(900), microseconds(1000)};

TEST(LoadModel, AQuickModelHasOneThreadAndAnInstanceACore) {
  const Outcome outcome = load({});
  EXPECT_THAT(outcome.loads, ElementsAre(1));
  EXPECT_EQ(outcome.instances, 2);
  EXPECT_EQ(outcome.threads, 1);
}

TEST(LoadModel, ALongerOneGetsTheThreadsThatMakeItFaster) {
  const Outcome outcome = load({.run = kScales});
  EXPECT_THAT(outcome.loads, ElementsAre(1, 2));
  EXPECT_EQ(outcome.instances, 1);
  EXPECT_EQ(outcome.threads, 2);
}

TEST(LoadModel, OneThatThreadsMakeNoFasterRunsTwiceAtOnce) {
  const Outcome outcome = load({.run = kScalesNot});
  EXPECT_THAT(outcome.loads, ElementsAre(1, 2));
  EXPECT_EQ(outcome.instances, 2);
  EXPECT_EQ(outcome.threads, 1);
}

TEST(LoadModel, AReloadKeepsBothSplits) {
  const Outcome outcome = load({.run = kScales, .kept = true});
  EXPECT_THAT(outcome.loads, ElementsAre(1, 2));
  EXPECT_EQ(outcome.instances, 2);
  EXPECT_EQ(outcome.threads, 1);
  EXPECT_EQ(outcome.lone_threads, 2);
}

TEST(LoadModel, WhatIsGivenOrLargeOrOfStreamsIsLoadedOnce) {
  EXPECT_EQ(load({.run = kScales, .threads = 2, .kept = true}).lone_threads, 0);
  EXPECT_EQ(load({.run = kScales, .bytes = std::uintmax_t{300} << 20, .kept = true}).lone_threads, 0);
  EXPECT_EQ(load({.run = kScales, .instance = InstanceKind::kStream, .kept = true}).lone_threads, 0);
}

TEST(LoadModel, StreamsAreMeasuredLikeCallsAndAskedForByTheirNumber) {
  const Outcome outcome = load({.run = kScalesNot, .instance = InstanceKind::kStream});
  EXPECT_THAT(outcome.loads, ElementsAre(1, 2));
  EXPECT_THAT(outcome.instances_loaded, ElementsAre(2, 1));
  EXPECT_EQ(outcome.instances, 2);
}

TEST(LoadModel, ProcessesAreNotTriedUnasked) {
  const Outcome outcome = load({.run = kScalesNot, .instance = InstanceKind::kProcess});
  EXPECT_THAT(outcome.instances_loaded, ElementsAre(1));
  EXPECT_EQ(outcome.instances, 1);
  EXPECT_THAT(load({.instances = 2, .instance = InstanceKind::kProcess}).instances_loaded, ElementsAre(2));
}

TEST(LoadModel, AThreadCountThatWasGivenIsKept) {
  const Outcome outcome = load({.run = kScales, .threads = 3});
  EXPECT_THAT(outcome.loads, ElementsAre(3));
  EXPECT_EQ(outcome.instances, 1);
}

TEST(LoadModel, InstancesThatWereGivenShareTheCores) {
  const Outcome outcome = load({.run = kScales, .instances = 2});
  EXPECT_THAT(outcome.loads, ElementsAre(1));
  EXPECT_EQ(outcome.instances, 2);
}

TEST(LoadModel, TheConfigSaysTheSplitWhereNoFlagDoes) {
  const std::string config = "schedule: {instances: 1, threads: 2}\n";
  EXPECT_THAT(load({.run = kScalesNot, .config = config}).loads, ElementsAre(2));
  EXPECT_THAT(load({.run = kScalesNot, .threads = 1, .config = config}).loads, ElementsAre(1));
}

TEST(LoadModel, ThePlanSaysTheSplitWithoutMeasuring) {
  const std::string plan = "plan: {engine: onnxruntime, instances: 2, threads: 1}\n";
  const Outcome outcome = load({.run = kScales, .config = plan});
  EXPECT_THAT(outcome.loads, ElementsAre(1));
  EXPECT_EQ(outcome.instances, 2);
  EXPECT_EQ(load({.run = kScales, .threads = 2, .config = plan}).threads, 2);
}

TEST(LoadModel, TheScheduleGoesBeforeThePlan) {
  const std::string config = "schedule: {threads: 2}\nplan: {engine: onnxruntime, instances: 1, threads: 1}\n";
  EXPECT_THAT(load({.run = kScales, .config = config}).loads, ElementsAre(2));
}

TEST(LoadModel, AStalePlanIsNotFollowed) {
  const std::string hash(64, '0');
  const std::string plan = "plan: {engine: onnxruntime, instances: 2, evidence: {model_sha256: '" + hash + "'}}\n";
  EXPECT_THAT(load({.run = kScales, .config = plan}).loads, ElementsAre(1, 2));
}

TEST(LoadModel, AModelOfManyWeightsIsNotTriedWithOneThreadFirst) {
  EXPECT_THAT(load({.run = kScales, .bytes = 9 << 20}).loads, ElementsAre(2, 1));
}

TEST(LoadModel, NothingIsMeasuredWithoutTimeForIt) {
  const Outcome outcome = load({.run = kScalesNot, .bytes = 9 << 20, .measure_limit = std::chrono::milliseconds(0)});
  EXPECT_THAT(outcome.loads, ElementsAre(2));
  EXPECT_EQ(outcome.threads, 2);
}

TEST(LoadModel, FindsOutThatBatchingBringsNothing) {
  const Outcome outcome = load({.run = kScales});  // eight rows take eight times as long
  EXPECT_EQ(outcome.useful_batch_size, 1);
  EXPECT_GE(outcome.batches_measured, 3U);
}

}  // namespace
}  // namespace tandem::serve
