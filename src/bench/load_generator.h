// SPDX-License-Identifier: Apache-2.0
// generate_load: sends queries as a scenario says, and notes when each should have been sent, was, and was answered.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "bench/measure.h"
#include "bench/scenario.h"

namespace tandem::bench {

/// The time, and how to wait for it. Thread-safe.
class Timer {
 public:
  virtual ~Timer() = default;
  virtual SteadyTime now() const = 0;
  virtual void wait_until(SteadyTime time) = 0;
};

/// The machine's clock, and sleep.
class SystemTimer final : public Timer {
 public:
  SteadyTime now() const override;
  void wait_until(SteadyTime time) override;
};

/// Sends one query and waits for its answer. slot: whose turn it is, 0 .. slots - 1; each slot makes one call at a
/// time, all of them at once.
using Query = std::function<Status(std::size_t slot)>;

struct LoadOptions {
  Scenario scenario = Scenario::kSingleStream;
  /// Queries that can be on their way at once, each on a thread of its own; one for single and multi stream.
  std::size_t slots = 1;
  /// Whether a query that finds all slots taken waits in the system that is measured (a model of this process, which
  /// has as many slots as instances), or here (connections to a server): then the wait is the generator's slip.
  bool slots_are_the_systems = false;
  std::chrono::nanoseconds duration = std::chrono::seconds(3);
  std::size_t least_queries = 1;  // sent even when that takes longer; not for the server scenario
  double qps = 1;                 // server
  std::uint64_t seed = 1;         // server
};

/// How many queries are on their way at once: the slots, or one where the scenario sends one after the other.
std::size_t slots_in_use(const LoadOptions& options);

inline constexpr std::size_t kMostQueries = 20'000'000;

/// In the order in which they were answered, at least one. A query that fails is noted; the first error is returned
/// when all of the first hundred fail. Errors: that; resource_exhausted (more queries than memory should hold)
Result<std::vector<QueryTimes>> generate_load(const LoadOptions& options, const Query& query, Timer& timer,
                                              const Progress& progress = {});

}  // namespace tandem::bench
