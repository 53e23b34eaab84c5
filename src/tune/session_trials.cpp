// SPDX-License-Identifier: Apache-2.0
// One session for all batches; for all numbers of instances, too, where a session runs several calls at once.
#include "tune/session_trials.h"

#include <fmt/format.h>

#include "base/process_stats.h"
#include "bench/measure.h"
#include "bench/random_inputs.h"
#include "engine/engine_file.h"
#include "plan/follow_plan.h"

namespace tandem::tune {
namespace {

class SessionTrial final : public Trial {
 public:
  SessionTrial(std::shared_ptr<Session> session, const PlanConfig& plan, const Clock& clock)
      : session_(std::move(session)), instances_(plan.instances), batch_(plan.batch), clock_(clock) {}

  Status make_inputs(const std::map<std::string, std::int64_t>& dims) {
    bench::RandomInputOptions random;
    random.batch = batch_;
    random.dims = dims;
    inputs_ = TRY(bench::make_random_inputs(session_->info().inputs, random));
    return {};
  }

  Result<Block> run_block(std::chrono::nanoseconds duration) override {
    bench::MeasureOptions options;
    options.warmup_runs = 1;  // it finds the caches full of the others' data
    options.duration = duration;
    options.instances = instances_;
    const std::uint64_t before = process_stats().resident_bytes;
    bench::Measurement measured = TRY(bench::measure(*session_, inputs_, options, clock_));
    const std::uint64_t after = process_stats().resident_bytes;
    if (after > before) grown_bytes_ += after - before;
    Block block;
    block.seconds = measured.seconds;
    block.runs = measured.samples_ms.size();
    block.items = block.runs * static_cast<std::size_t>(batch_);
    block.quantiles_ms = block_quantiles(std::move(measured.samples_ms));
    return block;
  }

  std::string describe() const override { return session_->describe(); }
  std::optional<std::uint64_t> memory_bytes() const override { return loaded_bytes_ + grown_bytes_; }
  void set_loaded_bytes(std::uint64_t bytes) { loaded_bytes_ = bytes; }

 private:
  std::shared_ptr<Session> session_;
  int instances_;
  std::int64_t batch_;
  const Clock& clock_;
  std::vector<Tensor> inputs_;
  std::uint64_t loaded_bytes_ = 0;
  std::uint64_t grown_bytes_ = 0;
};

}  // namespace

Result<std::filesystem::path> SessionTrials::file_of(const PlanConfig& plan) const {
  std::filesystem::path file = options_.weights;
  if (!plan.variant.empty()) {
    const auto variant = options_.variants.find(plan.variant);
    if (variant == options_.variants.end()) return not_found(fmt::format("there is no variant {}", plan.variant));
    file = variant->second;
  }
  Engine* engine = TRY(engines_.find(plan.engine));
  return file_for_engine(*engine, file);
}

Result<SessionTrials::Held> SessionTrials::load(const PlanConfig& plan) const {
  Engine* engine = TRY(engines_.find(plan.engine));
  TRY(engine->available());
  SessionOptions options;
  options.device = options_.device;
  TRY(apply_plan(plan, options));
  if (!engine->copies_for_instances()) options.instances = 1;
  const std::filesystem::path file = TRY(file_of(plan));
  const std::uint64_t before = process_stats().resident_bytes;
  Held held;
  held.session = TRY(engine->load(file, options));
  const std::uint64_t after = process_stats().resident_bytes;
  held.bytes = after > before ? after - before : 0;
  return held;
}

Result<SessionTrials::Held*> SessionTrials::hold(const PlanConfig& plan) {
  Engine* engine = TRY(engines_.find(plan.engine));
  const int copies = engine->copies_for_instances() ? plan.instances : 1;
  const std::string key = fmt::format("{}|{}|{}|{}|{}|{}", plan.engine, plan.variant, plan.precision,
                                      plan.graph_optimization, plan.threads, copies);
  const auto known = held_.find(key);
  if (known != held_.end()) return &known->second;
  Held loaded = TRY(load(plan));
  return &held_.emplace(key, std::move(loaded)).first->second;
}

Result<std::shared_ptr<Session>> SessionTrials::session(const PlanConfig& plan) {
  Held* held = TRY(hold(plan));
  return held->session;
}

Result<std::unique_ptr<Trial>> SessionTrials::open(const PlanConfig& plan, bool fresh) {
  Held held;
  if (fresh) {
    held = TRY(load(plan));
  } else {
    Held* shared = TRY(hold(plan));
    held = *shared;
  }
  auto trial = std::make_unique<SessionTrial>(held.session, plan, clock_);
  TRY(trial->make_inputs(options_.dims));
  trial->set_loaded_bytes(held.bytes);
  return std::unique_ptr<Trial>(std::move(trial));
}

}  // namespace tandem::tune
