// SPDX-License-Identifier: Apache-2.0
// Choosing costs a request that is not chosen one look at an atomic, or one at the table when there are shadows.
#include "serve/models/shadow.h"

#include <sys/resource.h>
#include <unistd.h>

#include <utility>

#include "serve/models/version_plan.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kMaxJobs = 64;
constexpr std::uint64_t kMaxBytes = std::uint64_t{64} << 20;
/// Two engines round differently; what is reported as an agreement of floats is within this share of the largest value.
constexpr double kTolerance = 1e-3;
/// Only on an idle core, nearly; not so low that a lock it holds in an engine is held for long.
constexpr int kNice = 10;

std::uint64_t bytes_of(std::span<const Tensor> tensors) {
  std::uint64_t bytes = 0;
  for (const Tensor& tensor : tensors) bytes += tensor.byte_size();
  return bytes;
}

std::int64_t rows_of(std::span<const Tensor> inputs) {
  return inputs.empty() || inputs[0].empty() || inputs[0].shape().rank() == 0 ? 1 : inputs[0].shape()[0];
}

}  // namespace

struct ShadowRunner::Shadow {
  ShadowTarget target;
  std::atomic<std::uint64_t> tickets{0};
  std::atomic<std::uint64_t> dropped{0};
  std::mutex mutex;
  ShadowReport report;  // guarded by mutex; all but dropped
};

struct ShadowRunner::Job {
  std::shared_ptr<Shadow> shadow;
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
  BatchTiming timing;

  std::uint64_t bytes() const { return bytes_of(inputs) + bytes_of(outputs); }
};

ShadowRunner::ShadowRunner(const Clock& clock)
    : clock_(clock), shadows_(std::make_shared<const Shadows>()), thread_([this] { work(); }) {}

ShadowRunner::~ShadowRunner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void ShadowRunner::set(const std::string& name, std::optional<ShadowTarget> target) {
  auto shadows = std::make_shared<Shadows>(*shadows_.get());
  if (target) {
    std::shared_ptr<Shadow>& shadow = (*shadows)[name];
    if (shadow && shadow->target.model == target->model && shadow->target.share == target->share) return;
    shadow = std::make_shared<Shadow>();
    shadow->report.model = name;
    shadow->report.shadow_version = target->model->version;
    shadow->report.shadow_engine = target->model->backend;
    shadow->report.share = target->share;
    shadow->target = std::move(*target);
  } else if (shadows->erase(name) == 0) {
    return;
  }
  any_.store(!shadows->empty(), std::memory_order_relaxed);
  shadows_.replace(std::move(shadows));
}

std::shared_ptr<ShadowRunner::Job> ShadowRunner::choose(const LoadedModel& live, std::span<const Tensor> inputs) const {
  if (!any_.load(std::memory_order_relaxed)) return nullptr;
  auto shadow = shadows_.read([&](const Shadows& shadows) {
    const auto it = shadows.find(live.name);
    return it == shadows.end() ? nullptr : it->second;
  });
  if (!shadow || shadow->target.model.get() == &live) return nullptr;
  const std::uint64_t ticket = shadow->tickets.fetch_add(1, std::memory_order_relaxed);
  if (place_of(ticket) >= shadow->target.share) return nullptr;
  auto job = std::make_shared<Job>();
  for (const Tensor& input : inputs) {
    // The caller's memory may be gone when the shadow runs.
    auto copy =
        full_.load(std::memory_order_relaxed) ? Result<Tensor>(fail(Code::kResourceExhausted, "")) : input.clone();
    if (!copy) {
      shadow->dropped.fetch_add(1, std::memory_order_relaxed);
      return nullptr;
    }
    job->inputs.push_back(std::move(*copy));
  }
  job->shadow = std::move(shadow);
  return job;
}

void ShadowRunner::answered(Job& job, std::span<const Tensor> outputs, const BatchTiming& timing) {
  for (const Tensor& output : outputs) job.outputs.push_back(output.view());
  job.timing = timing;
}

void ShadowRunner::submit(std::shared_ptr<Job> job) {
  const std::uint64_t bytes = job->bytes();
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() < kMaxJobs && queued_bytes_ + bytes <= kMaxBytes) {
      queue_.push_back(std::move(job));
      queued_bytes_ += bytes;
      full_.store(queue_.size() >= kMaxJobs || queued_bytes_ >= kMaxBytes, std::memory_order_relaxed);
    }
  }
  if (!job) return wake_.notify_one();
  job->shadow->dropped.fetch_add(1, std::memory_order_relaxed);
}

std::vector<ShadowReport> ShadowRunner::reports() const {
  std::vector<ShadowReport> reports;
  for (const auto& [name, shadow] : *shadows_.get()) {
    const std::lock_guard lock(shadow->mutex);
    reports.push_back(shadow->report);
    reports.back().dropped = shadow->dropped.load(std::memory_order_relaxed);
  }
  return reports;
}

void ShadowRunner::work() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // of this thread; without it shadows cost more
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    std::shared_ptr<Job> job = std::move(queue_.front());
    queue_.pop_front();
    queued_bytes_ -= job->bytes();
    full_.store(false, std::memory_order_relaxed);
    lock.unlock();
    run(*job);
    job.reset();
    lock.lock();
  }
}

void ShadowRunner::run(Job& job) const {
  Shadow& shadow = *job.shadow;
  const LoadedModel& model = *shadow.target.model;
  const SteadyTime begin = clock_.now();
  const auto outputs = model.session->run(job.inputs);
  const std::chrono::nanoseconds took = clock_.now() - begin;
  const std::lock_guard lock(shadow.mutex);
  ShadowReport& report = shadow.report;
  if (!outputs || outputs->size() != job.outputs.size()) {
    ++report.failed;
    report.last_error = outputs ? "it has another number of outputs" : outputs.error().message;
    return;
  }
  for (std::size_t i = 0; i < outputs->size(); ++i) {
    bench::add_output(report.agreement, model.info.outputs[i].name, (*outputs)[i], job.outputs[i], kTolerance);
  }
  ++report.compared;
  if (job.timing.batch_size > rows_of(job.inputs)) return;  // the time of others is in it
  ++report.timed;
  report.live_time += job.timing.compute_infer;
  report.shadow_time += took;
}

}  // namespace tandem::serve
