// SPDX-License-Identifier: Apache-2.0
// JobRunner: long work on one thread of its own, one job after the other, with progress that anyone may look at.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace tandem::serve {

enum class JobState { kWaiting, kRunning, kDone, kFailed, kCancelled };
std::string_view job_state_name(JobState state);

/// What is known of a job at one moment.
struct JobView {
  std::string id;    // "j7"
  std::string kind;  // "convert"
  std::string subject;
  JobState state = JobState::kWaiting;
  std::vector<std::string> steps;
  std::size_t step = 0;  // index of the current one
  double done = 0;       // of the current one, 0..1
  std::vector<std::string> log;
  std::string result;  // JSON, when done
  std::string error;   // one sentence, when failed or cancelled
  double seconds = 0;  // since it began
};

/// What a job says while it runs. Thread-safe.
class JobProgress {
 public:
  virtual ~JobProgress() = default;
  /// Begins a step of the job's list. Errors: cancelled; then the job should return the error.
  virtual Status begin_step(std::size_t step) = 0;
  virtual void set_done(double share) = 0;
  /// The list of lines is bounded; the oldest one goes.
  virtual void log(std::string line) = 0;
  virtual bool cancelled() const = 0;
};

/// A job's work: its result as JSON.
using JobWork = std::function<Result<std::string>(JobProgress&)>;

struct NewJob {
  std::string kind;
  std::string subject;
  std::vector<std::string> steps;
  JobWork work;
};

struct JobRunnerOptions {
  std::size_t most_waiting = 4;
  std::size_t most_kept = 16;  // the oldest ones that are over are forgotten
  int niceness = 10;           // of the thread and those that it starts: what is served goes first
  const Clock* clock = &system_clock();
};

/// Thread-safe. The destructor cancels what runs and waits for it.
class JobRunner final {
 public:
  explicit JobRunner(JobRunnerOptions options);
  ~JobRunner();
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;

  /// Errors: resource_exhausted (too many wait).
  Result<JobView> submit(NewJob job);
  /// Errors: not_found.
  Result<JobView> find(std::string_view id) const;
  /// A job that waits never begins; one that runs ends soon. One that is over stays as it is. Errors: not_found.
  Result<JobView> cancel(std::string_view id);
  /// Newest first.
  std::vector<JobView> list() const;

 private:
  class Job;

  void work();
  void run(Job& job);
  std::shared_ptr<Job> next();
  std::shared_ptr<Job> find_job(std::string_view id) const;

  const JobRunnerOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> jobs_;  // guarded by mutex_; oldest first
  std::uint64_t made_ = 0;                 // guarded by mutex_
  bool stopping_ = false;                  // guarded by mutex_
  std::thread thread_;
};

}  // namespace tandem::serve
