// SPDX-License-Identifier: Apache-2.0
// A list of jobs, of which the first one that waits is next.
#include "serve/workbench/job_runner.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/log.h"

namespace tandem::serve {
namespace {

constexpr std::size_t kMostLines = 200;

bool is_over(JobState state) { return state != JobState::kWaiting && state != JobState::kRunning; }

}  // namespace

std::string_view job_state_name(JobState state) {
  switch (state) {
    case JobState::kWaiting: return "waiting";
    case JobState::kRunning: return "running";
    case JobState::kDone: return "done";
    case JobState::kFailed: return "failed";
    case JobState::kCancelled: break;
  }
  return "cancelled";
}

class JobRunner::Job final : public JobProgress {
 public:
  Job(std::string id, NewJob job, const Clock& clock) : work_(std::move(job.work)), clock_(clock) {
    view_.id = std::move(id);
    view_.kind = std::move(job.kind);
    view_.subject = std::move(job.subject);
    view_.steps = std::move(job.steps);
  }

  Status begin_step(std::size_t step) override {
    if (cancelled()) return fail(Code::kCancelled, "the job was cancelled");
    const std::lock_guard lock(mutex_);
    view_.step = step;
    view_.done = 0;
    if (step < view_.steps.size()) add_line(view_.steps[step]);
    return {};
  }
  void set_done(double share) override {
    const std::lock_guard lock(mutex_);
    view_.done = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0;
  }
  void log(std::string line) override {
    const std::lock_guard lock(mutex_);
    add_line(line);
  }
  bool cancelled() const override { return cancelled_.load(std::memory_order_relaxed); }

  void cancel() {
    cancelled_.store(true, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    if (view_.state == JobState::kWaiting) end(JobState::kCancelled, {}, "the job was cancelled before it began");
  }
  /// False when it was cancelled before.
  bool start() {
    const std::lock_guard lock(mutex_);
    if (view_.state != JobState::kWaiting) return false;
    view_.state = JobState::kRunning;
    begin_ = clock_.now();
    return true;
  }
  void execute() {
    Result<std::string> result = work_(*this);
    const std::lock_guard lock(mutex_);
    if (result) return end(JobState::kDone, std::move(*result), {});
    const bool stopped = cancelled() && result.error().code == Code::kCancelled;
    add_line(result.error().message);
    end(stopped ? JobState::kCancelled : JobState::kFailed, {}, result.error().message);
  }
  JobView view() const {
    const std::lock_guard lock(mutex_);
    JobView view = view_;
    if (view.state == JobState::kRunning) view.seconds = seconds();
    return view;
  }
  JobState state() const {
    const std::lock_guard lock(mutex_);
    return view_.state;
  }
  bool is_called(std::string_view id) const { return view_.id == id; }

 private:
  double seconds() const { return std::chrono::duration<double>(clock_.now() - begin_).count(); }

  /// The caller holds the lock, here and below.
  void add_line(std::string_view line) {
    view_.log.push_back(fmt::format("{:6.2f} s  {}", seconds(), line));
    if (view_.log.size() > kMostLines) view_.log.erase(view_.log.begin());
  }
  void end(JobState state, std::string result, std::string error) {
    if (view_.state == JobState::kRunning) view_.seconds = seconds();
    view_.state = state;
    view_.result = std::move(result);
    view_.error = std::move(error);
    if (state == JobState::kDone) view_.done = 1;
    work_ = nullptr;  // and with it the files that it holds
  }

  mutable std::mutex mutex_;
  JobView view_;  // guarded by mutex_; id, kind and steps do not change
  JobWork work_;  // guarded by mutex_, but for the one call by the runner's thread
  const Clock& clock_;
  SteadyTime begin_{};
  std::atomic<bool> cancelled_{false};
};

JobRunner::JobRunner(JobRunnerOptions options) : options_(options) {
  thread_ = std::thread([this] { work(); });
}

JobRunner::~JobRunner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& job : jobs_) job->cancel();
  }
  wake_.notify_all();
  thread_.join();
}

void JobRunner::work() {
  // Threads that an engine starts for a job have the niceness of this one. Failing changes nothing but politeness.
  if (::setpriority(PRIO_PROCESS, 0, options_.niceness) != 0) log::debug("the workbench runs at full priority");
  while (const std::shared_ptr<Job> job = next()) {
    if (job->start()) run(*job);
  }
}

std::shared_ptr<JobRunner::Job> JobRunner::next() {
  std::unique_lock lock(mutex_);
  std::shared_ptr<Job> found;
  wake_.wait(lock, [&] {
    const auto first = std::ranges::find_if(jobs_, [](const auto& job) { return job->state() == JobState::kWaiting; });
    found = first == jobs_.end() ? nullptr : *first;
    return stopping_ || found;
  });
  return stopping_ ? nullptr : found;
}

void JobRunner::run(Job& job) {
  job.execute();
  const JobView view = job.view();
  log::info("workbench job", {{"job", view.id},
                              {"kind", view.kind},
                              {"subject", view.subject},
                              {"state", std::string(job_state_name(view.state))},
                              {"seconds", fmt::format("{:.2f}", view.seconds)},
                              {"error", view.error}});
}

Result<JobView> JobRunner::submit(NewJob job) {
  std::shared_ptr<Job> added;
  {
    const std::lock_guard lock(mutex_);
    const auto waiting = static_cast<std::size_t>(
        std::ranges::count_if(jobs_, [](const auto& one) { return one->state() == JobState::kWaiting; }));
    if (stopping_) return fail(Code::kUnavailable, "the server is ending");
    if (waiting >= options_.most_waiting) {
      return fail(Code::kResourceExhausted,
                  fmt::format("{} jobs wait already: wait for one to end, or cancel one", waiting));
    }
    added = std::make_shared<Job>(fmt::format("j{}", ++made_), std::move(job), *options_.clock);
    jobs_.push_back(added);
    while (jobs_.size() > options_.most_kept) {
      const auto oldest = std::ranges::find_if(jobs_, [](const auto& one) { return is_over(one->state()); });
      if (oldest == jobs_.end()) break;
      jobs_.erase(oldest);
    }
  }
  wake_.notify_one();
  return added->view();
}

std::shared_ptr<JobRunner::Job> JobRunner::find_job(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(jobs_, [&](const auto& job) { return job->is_called(id); });
  return found == jobs_.end() ? nullptr : *found;
}

Result<JobView> JobRunner::find(std::string_view id) const {
  const auto job = find_job(id);
  if (!job) return not_found(fmt::format("there is no job '{}': the last {} are kept", id, options_.most_kept));
  return job->view();
}

Result<JobView> JobRunner::cancel(std::string_view id) {
  const auto job = find_job(id);
  if (!job) return not_found(fmt::format("there is no job '{}': the last {} are kept", id, options_.most_kept));
  job->cancel();
  return job->view();
}

std::vector<JobView> JobRunner::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<JobView> views;
  for (auto job = jobs_.rbegin(); job != jobs_.rend(); ++job) views.push_back((*job)->view());
  return views;
}

}  // namespace tandem::serve
