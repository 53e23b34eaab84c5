// SPDX-License-Identifier: Apache-2.0
// A thread for each slot; the next query is whoever is free first's.
#include "bench/load_generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>

namespace tandem::bench {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kHopeless = 100;

/// A query that a slot has to send.
struct Ticket {
  nanoseconds intended{};
};

/// What the slots share. Thread-safe.
class LoadPlan final {
 public:
  LoadPlan(const LoadOptions& options, SteadyTime start, const Progress& progress)
      : options_(options), start_(start), progress_(progress) {
    if (options.scenario == Scenario::kServer) {
      arrivals_ = poisson_arrivals(options.qps, options.duration, options.seed, kMostQueries);
    }
  }

  /// The next query; nothing when the test is over. `now` is its intended start where the scenario plans none.
  std::optional<Ticket> take(nanoseconds now) {
    const std::lock_guard lock(mutex_);
    if (hopeless_ || taken_ >= kMostQueries) return std::nullopt;
    if (options_.scenario == Scenario::kServer) {
      if (taken_ >= arrivals_.size()) return std::nullopt;
      return Ticket{arrivals_[taken_++]};
    }
    if (now >= options_.duration && taken_ >= options_.least_queries) return std::nullopt;
    ++taken_;
    // Offline, all samples are there from the start on.
    return Ticket{options_.scenario == Scenario::kOffline ? nanoseconds(0) : now};
  }

  void note(const QueryTimes& times, const Status& done) {
    const std::lock_guard lock(mutex_);
    times_.push_back(times);
    if (!done && !error_) error_ = done.error();
    any_answered_ = any_answered_ || done;
    hopeless_ = !any_answered_ && times_.size() >= kHopeless;
    if (progress_) {
      progress_(
          std::min(1.0, std::chrono::duration<double>(times.done) / std::chrono::duration<double>(options_.duration)));
    }
  }

  nanoseconds since_start(SteadyTime time) const { return time - start_; }
  SteadyTime at(nanoseconds time) const { return start_ + time; }

  /// When all slots have ended.
  Result<std::vector<QueryTimes>> finish() {
    const std::lock_guard lock(mutex_);
    if (!any_answered_ && error_) return fail(*error_);
    if (times_.empty()) {
      return invalid_argument("not one query came within the time; measure longer, or ask for a higher rate");
    }
    return std::move(times_);
  }

 private:
  const LoadOptions& options_;
  const SteadyTime start_;
  const Progress& progress_;
  std::vector<nanoseconds> arrivals_;  // const after the constructor
  std::mutex mutex_;
  std::size_t taken_ = 0;  // guarded by mutex_, as all below
  std::vector<QueryTimes> times_;
  std::optional<Error> error_;
  bool any_answered_ = false;
  bool hopeless_ = false;
};

void run_slot(LoadPlan& plan, const LoadOptions& options, std::size_t slot, const Query& query, Timer& timer) {
  for (;;) {
    const nanoseconds free = plan.since_start(timer.now());
    const auto ticket = plan.take(free);
    if (!ticket) return;
    if (ticket->intended > free) timer.wait_until(plan.at(ticket->intended));
    QueryTimes times;
    times.intended = ticket->intended;
    times.sent = plan.since_start(timer.now());
    // A slot of the system's that was taken until `free` could not have been used before.
    const nanoseconds possible = options.slots_are_the_systems ? std::max(times.intended, free) : times.intended;
    if (options.scenario == Scenario::kServer) times.slip = std::max(nanoseconds(0), times.sent - possible);
    const Status done = query(slot);
    times.done = plan.since_start(timer.now());
    times.failed = !done;
    plan.note(times, done);
  }
}

}  // namespace

std::size_t slots_in_use(const LoadOptions& options) {
  const bool one_at_a_time = options.scenario == Scenario::kSingleStream || options.scenario == Scenario::kMultiStream;
  return one_at_a_time ? 1 : std::max<std::size_t>(1, options.slots);
}

SteadyTime SystemTimer::now() const { return system_clock().now(); }
void SystemTimer::wait_until(SteadyTime time) { std::this_thread::sleep_until(time); }

Result<std::vector<QueryTimes>> generate_load(const LoadOptions& options, const Query& query, Timer& timer,
                                              const Progress& progress) {
  const double expected = options.qps * std::chrono::duration<double>(options.duration).count();
  if (options.scenario == Scenario::kServer && expected > static_cast<double>(kMostQueries) / 2) {
    return fail(Code::kResourceExhausted,
                fmt::format("{:.3g} queries are more than the {} that are kept: ask for a lower "
                            "rate or a shorter time",
                            expected, kMostQueries / 2));
  }
  const std::size_t slots = slots_in_use(options);
  LoadPlan plan(options, timer.now(), progress);
  std::vector<std::thread> threads;
  for (std::size_t slot = 1; slot < slots; ++slot) {
    threads.emplace_back([&, slot] { run_slot(plan, options, slot, query, timer); });
  }
  run_slot(plan, options, 0, query, timer);
  for (std::thread& thread : threads) thread.join();
  return plan.finish();
}

}  // namespace tandem::bench
