// SPDX-License-Identifier: Apache-2.0
// Facts about tuning, with made-up machines and a clock that they turn.
#include "tune/tuner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "support/fake_clock.h"

namespace tandem::tune {
namespace {

using std::chrono::nanoseconds;
using ::testing::Contains;
using ::testing::HasSubstr;

/// What one run takes on a machine, in milliseconds, without noise.
using RunTime = std::function<double(const PlanConfig&)>;

struct MadeUpMachine {
  RunTime run_ms;
  double noise = 0.05;
  FakeClock clock{};
  std::mt19937_64 random{7};
  int blocks = 0;
};

class MadeUpTrial final : public Trial {
 public:
  MadeUpTrial(MadeUpMachine& machine, PlanConfig plan) : machine_(machine), plan_(std::move(plan)) {}

  Result<Block> run_block(nanoseconds duration) override {
    ++machine_.blocks;
    const double run_ms = machine_.run_ms(plan_) * std::exp(machine_.noise * normal_(machine_.random));
    const auto runs =
        static_cast<std::size_t>(std::ceil(std::chrono::duration<double, std::milli>(duration).count() / run_ms));
    Block block;
    block.seconds = static_cast<double>(runs) * run_ms / 1000;
    block.runs = runs * static_cast<std::size_t>(plan_.instances);
    block.items = block.runs * static_cast<std::size_t>(plan_.batch);
    block.quantiles_ms = {run_ms};
    machine_.clock.advance(nanoseconds(static_cast<std::int64_t>(block.seconds * 1e9)));
    return block;
  }
  std::string describe() const override { return "made up"; }
  std::optional<std::uint64_t> memory_bytes() override { return plan_.engine == "openvino" ? 50'000'000 : 10'000'000; }

 private:
  MadeUpMachine& machine_;
  PlanConfig plan_;
  std::normal_distribution<double> normal_;
};

class MadeUpTrials final : public TrialMaker {
 public:
  explicit MadeUpTrials(MadeUpMachine& machine) : machine_(machine) {}
  Result<std::unique_ptr<Trial>> open(const PlanConfig& plan, TrialPlace) override {
    if (plan.engine == "broken") return fail(Code::kInternal, "it is broken");
    return std::unique_ptr<Trial>(std::make_unique<MadeUpTrial>(machine_, plan));
  }

 private:
  MadeUpMachine& machine_;
};

/// Keeps rounds in memory, and ends the search after some.
class KeptRounds final : public RoundLog {
 public:
  const LoggedRound* replay(const std::string& phase, const std::vector<std::string>& lanes) override {
    if (next_ >= rounds_.size()) return nullptr;
    const LoggedRound& round = rounds_[next_];
    if (round.phase == phase && round.lanes == lanes) return &rounds_[next_++];
    rounds_.resize(next_);
    return nullptr;
  }
  Status append(LoggedRound round) override {
    rounds_.push_back(std::move(round));
    next_ = rounds_.size();
    return {};
  }
  void rewind() { next_ = 0; }
  std::size_t size() const { return rounds_.size(); }

 private:
  std::vector<LoggedRound> rounds_;
  std::size_t next_ = 0;
};

SearchSpace made_up_space() {
  SearchSpace space;
  space.cores = 4;
  space.engines = {"onnxruntime", "openvino"};
  space.max_batch = 64;
  return space;
}

/// Batches gain up to 16 rows, threads gain little, openvino is a tenth quicker.
double usual_run(const PlanConfig& plan) {
  const double rows = static_cast<double>(plan.batch);
  const double work = 1.0 + 0.3 * rows + (rows > 16 ? 0.4 * (rows - 16) : 0);
  const double speed_up = std::pow(plan.threads, 0.6);
  return (plan.engine == "openvino" ? 0.9 : 1.0) * work / speed_up;
}

AnswerVerdict all_are_right(const PlanConfig&) { return {true, "equal"}; }

struct MadeUpTuning {
  SearchSpace space = made_up_space();
  TuneOptions options = {};
  KeptRounds log = {};
  CheckAnswers check = all_are_right;

  Result<TuneResult> run(MadeUpMachine& machine) {
    MadeUpTrials trials(machine);
    return tune_model(space, options, {trials, check, log, machine.clock, {}});
  }
};

std::string chosen_name(const Result<TuneResult>& result) {
  if (!result) return result.error().message;
  return result->chosen ? result->candidates[*result->chosen].candidate.name() : "the default";
}

TEST(TuneModel, FindsTheBestWayUnderNoise) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    MadeUpMachine machine{usual_run};
    machine.random.seed(seed);
    MadeUpTuning tuning;
    EXPECT_EQ(chosen_name(tuning.run(machine)), "openvino 4x1, batch 16") << seed;
  }
}

TEST(TuneModel, KeepsTheDefaultWhereAllAreAlike) {
  MadeUpMachine machine{[](const PlanConfig& plan) {
    return 2.0 * static_cast<double>(plan.batch) * static_cast<double>(plan.instances);
  }};
  MadeUpTuning tuning;
  EXPECT_EQ(chosen_name(tuning.run(machine)), "the default");
}

TEST(TuneModel, LooksForTheShortestRunWhereLatencyCounts) {
  MadeUpMachine machine{usual_run};
  MadeUpTuning tuning;
  tuning.space.goal = Goal::kLatency;
  EXPECT_EQ(chosen_name(tuning.run(machine)), "openvino as it is");
}

TEST(TuneModel, TriesOtherGraphLevelsOfTheBest) {
  MadeUpMachine machine{[](const PlanConfig& plan) {
    return usual_run(plan) * (plan.engine == "openvino" ? 2 : 1) * (plan.graph_optimization == "extended" ? 0.7 : 1);
  }};
  MadeUpTuning tuning;
  EXPECT_EQ(chosen_name(tuning.run(machine)), "onnxruntime 4x1, batch 16, graph extended");
}

TEST(TuneModel, NeverTakesWrongAnswers) {
  MadeUpMachine machine{usual_run};
  MadeUpTuning tuning;
  tuning.check = [](const PlanConfig& plan) {
    return AnswerVerdict{plan.engine != "openvino", plan.engine == "openvino" ? "they differ" : "equal"};
  };
  const auto result = tuning.run(machine);
  EXPECT_EQ(chosen_name(result), "onnxruntime 4x1, batch 16");
  EXPECT_EQ(result->candidates[1].left_out, "they differ");
}

TEST(TuneModel, KeepsToTheLatencyThatIsAllowed) {
  MadeUpMachine machine{usual_run};
  MadeUpTuning tuning;
  tuning.options.limits.max_latency_ms = 2.5;
  const auto result = tuning.run(machine);
  ASSERT_TRUE(result && result->chosen) << chosen_name(result);
  EXPECT_LE(result->candidates[*result->chosen].p95_ms, 2.5);
  EXPECT_EQ(chosen_name(result), "openvino 4x1, batch 4");
}

TEST(TuneModel, KeepsToTheMemoryThatIsAllowed) {
  MadeUpMachine machine{usual_run};
  MadeUpTuning tuning;
  tuning.options.limits.max_memory_bytes = 20'000'000;
  EXPECT_EQ(chosen_name(tuning.run(machine)), "onnxruntime 4x1, batch 16");
}

TEST(TuneModel, LeavesOutWhatDoesNotRun) {
  MadeUpMachine machine{usual_run};
  MadeUpTuning tuning;
  tuning.space.engines.push_back("broken");
  const auto result = tuning.run(machine);
  EXPECT_EQ(chosen_name(result), "openvino 4x1, batch 16");
  EXPECT_THAT(result->candidates[2].left_out, HasSubstr("it is broken"));
}

TEST(TuneModel, RefusesAModelThatDoesNotRunAsItIs) {
  MadeUpMachine machine{usual_run};
  MadeUpTuning tuning;
  tuning.space.engines = {"broken"};
  EXPECT_THAT(chosen_name(tuning.run(machine)), HasSubstr("it is broken"));
}

TEST(TuneModel, EndsNearItsTime) {
  MadeUpMachine machine{usual_run};
  MadeUpTuning tuning;
  tuning.options.budget = std::chrono::seconds(20);
  const auto result = tuning.run(machine);
  ASSERT_TRUE(result);
  EXPECT_LT(result->spent_s, 22);
}

TEST(TuneModel, LeavesOutRunsThatAreTooLongForItsTime) {
  MadeUpMachine machine{[](const PlanConfig& plan) { return 100.0 * static_cast<double>(plan.batch); }};
  MadeUpTuning tuning;
  tuning.options.budget = std::chrono::seconds(20);
  const auto result = tuning.run(machine);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->candidates[3].candidate.name(), "onnxruntime 1x4, batch 16");
  EXPECT_THAT(result->candidates[3].left_out, HasSubstr("--seconds"));
  EXPECT_LT(result->spent_s, 61);
}

TEST(TuneModel, GoesOnWhereItWasInterrupted) {
  MadeUpMachine whole{usual_run};
  MadeUpTuning uninterrupted;
  const std::string expected = chosen_name(uninterrupted.run(whole));

  MadeUpMachine machine{usual_run};
  MadeUpTuning tuning;
  int asked = 0;
  tuning.options.cancelled = [&] { return ++asked > 120; };
  const auto first = tuning.run(machine);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, Code::kCancelled);
  const std::size_t kept = tuning.log.size();
  ASSERT_GT(kept, 0U);

  tuning.options.cancelled = {};
  tuning.log.rewind();
  const int before = machine.blocks;
  const auto second = tuning.run(machine);
  EXPECT_EQ(chosen_name(second), expected);
  EXPECT_GT(second->replayed_s, 0);
  EXPECT_LT(machine.blocks - before, whole.blocks);
}

TEST(TuneModel, MarksBetweenWhatOneMayChoose) {
  MadeUpMachine machine{usual_run};
  MadeUpTuning tuning;
  const auto result = tuning.run(machine);
  ASSERT_TRUE(result);
  std::vector<std::string> front;
  for (const CandidateResult& one : result->candidates) {
    if (one.on_front) front.push_back(one.candidate.name());
  }
  EXPECT_THAT(front, Contains("openvino 4x1, batch 16"));
  EXPECT_THAT(front, Contains("openvino as it is"));
}

}  // namespace
}  // namespace tandem::tune
