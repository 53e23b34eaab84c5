// SPDX-License-Identifier: Apache-2.0
// A side of bench, loaded as a plan says, with inputs of the plan's batch.
#include "tune/engine_trials.h"

#include <fmt/format.h>

#include "bench/process/measured_process.h"
#include "bench/random_inputs.h"
#include "bench/session_side.h"
#include "engine/engine_file.h"
#include "plan/follow_plan.h"

namespace tandem::tune {
namespace {

using InputSets = std::vector<std::vector<Tensor>>;

constexpr std::size_t kBatchSets = 2;

Result<InputSets> make_sets(const ModelInfo& info, const PlanConfig& plan,
                            const std::map<std::string, std::int64_t>& dims) {
  bench::RandomInputOptions random;
  random.batch = plan.batch;
  random.dims = dims;
  return bench::make_random_sets(info.inputs, random, plan.batch == 1 ? bench::kRandomSets : kBatchSets);
}

Result<Block> run_side(bench::Side& side, std::chrono::nanoseconds duration, std::int64_t batch) {
  bench::Block measured = TRY(side.run_block(duration));
  Block block;
  block.seconds = measured.seconds;
  block.runs = measured.samples_ms.size();
  block.items = block.runs * static_cast<std::size_t>(batch);
  block.quantiles_ms = block_quantiles(std::move(measured.samples_ms));
  return block;
}

class SessionTrial final : public Trial {
 public:
  SessionTrial(std::shared_ptr<Session> session, const PlanConfig& plan, const Clock& clock)
      : session_(std::move(session)), side_(*session_, clock, plan.instances), batch_(plan.batch) {}

  Status prepare(InputSets sets) {
    sets_ = std::move(sets);
    return side_.prepare(session_->info(), sets_);
  }
  Result<Block> run_block(std::chrono::nanoseconds duration) override { return run_side(side_, duration, batch_); }
  std::string describe() const override { return session_->describe(); }
  std::optional<std::uint64_t> memory_bytes() override { return std::nullopt; }

 private:
  std::shared_ptr<Session> session_;
  bench::SessionSide side_;
  std::int64_t batch_;
  InputSets sets_;
};

class ProcessTrial final : public Trial {
 public:
  ProcessTrial(std::unique_ptr<bench::MeasuredProcess> process, std::int64_t batch)
      : process_(std::move(process)), batch_(batch) {}

  Result<Block> run_block(std::chrono::nanoseconds duration) override { return run_side(*process_, duration, batch_); }
  std::string describe() const override { return process_->loaded().options; }
  std::optional<std::uint64_t> memory_bytes() override {
    const auto use = process_->memory();
    if (!use || use->now_bytes <= use->before_load_bytes) return std::nullopt;
    return use->now_bytes - use->before_load_bytes;
  }

 private:
  std::unique_ptr<bench::MeasuredProcess> process_;
  std::int64_t batch_;
};

}  // namespace

Result<std::filesystem::path> EngineTrials::file_of(const PlanConfig& plan) const {
  std::filesystem::path file = options_.weights;
  if (!plan.variant.empty()) {
    const auto variant = options_.variants.find(plan.variant);
    if (variant == options_.variants.end()) return not_found(fmt::format("there is no variant {}", plan.variant));
    file = variant->second;
  }
  Engine* engine = TRY(engines_.find(plan.engine));
  return file_for_engine(*engine, file);
}

Result<SessionOptions> EngineTrials::session_options(const PlanConfig& plan) const {
  Engine* engine = TRY(engines_.find(plan.engine));
  TRY(engine->available());
  SessionOptions options;
  TRY(apply_plan(plan, options));
  return options;
}

Result<std::shared_ptr<Session>> EngineTrials::session(const PlanConfig& plan) {
  Engine* engine = TRY(engines_.find(plan.engine));
  SessionOptions options = TRY(session_options(plan));
  if (!engine->copies_for_instances()) options.instances = 1;
  const std::string key = fmt::format("{}|{}|{}|{}|{}|{}", plan.engine, plan.variant, plan.precision,
                                      plan.graph_optimization, plan.threads, options.instances);
  std::shared_ptr<Session>& session = sessions_[key];
  if (session == nullptr) {
    const std::filesystem::path file = TRY(file_of(plan));
    session = TRY(engine->load(file, options));
  }
  return session;
}

Result<std::unique_ptr<Trial>> EngineTrials::open_process(const PlanConfig& plan) const {
  bench::ContenderSpec spec;
  spec.engine = plan.engine;
  spec.model = TRY(file_of(plan));
  spec.options = TRY(session_options(plan));
  auto process = TRY(bench::MeasuredProcess::start(spec));
  const ModelInfo info = process->info();
  const InputSets sets = TRY(make_sets(info, plan, options_.dims));
  TRY(process->prepare(info, sets));
  return std::unique_ptr<Trial>(std::make_unique<ProcessTrial>(std::move(process), plan.batch));
}

Result<std::unique_ptr<Trial>> EngineTrials::open(const PlanConfig& plan, TrialPlace place) {
  if (place == TrialPlace::kOwnProcess) return open_process(plan);
  const std::shared_ptr<Session> loaded = TRY(session(plan));
  auto trial = std::make_unique<SessionTrial>(loaded, plan, clock_);
  InputSets sets = TRY(make_sets(loaded->info(), plan, options_.dims));
  TRY(trial->prepare(std::move(sets)));
  return std::unique_ptr<Trial>(std::move(trial));
}

}  // namespace tandem::tune
