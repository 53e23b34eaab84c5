// SPDX-License-Identifier: Apache-2.0
// Closed-loop load in simulated time: how much of the instances the size policy keeps busy.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "schedule/size_policy.h"

namespace tandem {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

struct Load {
  int connections = 8;
  int instances = 2;
  nanoseconds base{0}, each{0};  // a run of n rows takes base + n * each
  bool divides = true;           // false: every instance takes all it can, as if it were alone
};

struct Outcome {
  double rows_per_second = 0;
  double busy = 0;  // share of all instances' time
};

class Simulation {
 public:
  explicit Simulation(const Load& load) : load_(load), queued_(load.connections) {
    for (std::int64_t rows = 1; rows <= 16; rows *= 2) estimate_.learn(rows, time_of(rows));
    limits_.max_rows = 64;
    useful_ = choose_useful_rows(estimate_, limits_.max_rows);
    instances_.resize(static_cast<std::size_t>(load.instances));
  }

  /// A client asks again as soon as it is answered.
  Outcome run(nanoseconds until) {
    nanoseconds busy{0};
    std::int64_t done = 0;
    while (now_ < until) {
      for (Instance& instance : instances_) {
        if (instance.free_at > now_ || queued_ == 0) continue;
        take(instance);
        busy += instance.free_at - now_;
      }
      nanoseconds next = nanoseconds::max();
      for (const Instance& instance : instances_) {
        if (instance.rows > 0) next = std::min(next, instance.free_at);
      }
      now_ = next;
      for (Instance& instance : instances_) {
        if (instance.rows == 0 || instance.free_at > now_) continue;
        done += instance.rows;
        queued_ += std::exchange(instance.rows, 0);
      }
    }
    const double elapsed = std::chrono::duration<double>(now_).count();
    return {static_cast<double>(done) / elapsed,
            std::chrono::duration<double>(busy).count() / elapsed / load_.instances};
  }

 private:
  struct Instance {
    nanoseconds free_at{0};
    std::int64_t rows = 0;
  };

  nanoseconds time_of(std::int64_t rows) const { return load_.base + rows * load_.each; }

  void take(Instance& instance) {
    std::vector<nanoseconds> others;
    for (const Instance& other : instances_) {
      if (&other != &instance && load_.divides) others.push_back(std::max(other.free_at - now_, nanoseconds(0)));
    }
    limits_.useful_rows = choose_rows_for(queued_, useful_);
    instance.rows = std::min(queued_, choose_cap(estimate_, {queued_, others}, limits_).rows);
    instance.free_at = now_ + time_of(instance.rows);
    queued_ -= instance.rows;
  }

  const Load load_;
  RunTimeEstimate estimate_;
  SizeLimits limits_;
  UsefulRows useful_;
  std::vector<Instance> instances_;
  std::int64_t queued_;
  nanoseconds now_{0};
};

TEST(SizePolicySimulation, EightConnectionsToABertKeepTwoCoresBusy) {
  const Outcome outcome = Simulation({8, 2, nanoseconds(0), milliseconds(13)}).run(seconds(100));
  EXPECT_GE(outcome.busy, 0.99);
  EXPECT_GE(outcome.rows_per_second, 0.99 * 2 / 0.013);
}

TEST(SizePolicySimulation, EightConnectionsToAModelThatGainsFromBatchesKeepTwoCoresBusy) {
  const Load load{8, 2, milliseconds(4), milliseconds(1)};
  const Outcome outcome = Simulation(load).run(seconds(100));
  EXPECT_GE(outcome.busy, 0.95);
  EXPECT_GE(outcome.rows_per_second, 0.9 * 2 * 4 / 0.008);  // four and four
}

TEST(SizePolicySimulation, ManyConnectionsGetTheLastHundredthsOfAModelThatGainsLittle) {
  const Load load{32, 2, milliseconds(1), milliseconds(20)};  // ResNet-18: alone 48 rows a second, by fours 49
  EXPECT_GE(Simulation(load).run(seconds(100)).rows_per_second, 0.97 * 2 / 0.020);
}

TEST(SizePolicySimulation, WithoutDividingOneCoreWouldIdle) {
  Load load{8, 2, milliseconds(4), milliseconds(1)};
  load.divides = false;
  EXPECT_LE(Simulation(load).run(seconds(100)).busy, 0.6);
}

TEST(SizePolicySimulation, ManyConnectionsGetWhatTheInstancesCanDo) {
  const Load load{64, 4, microseconds(300), microseconds(60)};
  EXPECT_GE(Simulation(load).run(seconds(10)).rows_per_second, 0.9 * 4 * 16 / (300e-6 + 16 * 60e-6));
}

}  // namespace
}  // namespace tandem
