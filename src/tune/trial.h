// SPDX-License-Identifier: Apache-2.0
// Trial: one way to run a model, loaded and ready to be measured; where it runs is its own affair.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "pipeline/plan_config.h"
#include "tune/search_space.h"

namespace tandem::tune {

/// What one block of runs says.
struct Block {
  double seconds = 0;                // from the begin of the first run to the end of the last
  std::size_t runs = 0;              // of all instances
  std::size_t items = 0;             // runs times batch
  std::vector<double> quantiles_ms;  // of the runs' times, ascending, evenly spaced, at most kBlockQuantiles of them
};
inline constexpr std::size_t kBlockQuantiles = 24;

/// At most kBlockQuantiles of many times, the smallest and the largest among them. At least one time.
std::vector<double> block_quantiles(std::vector<double> times_ms);

/// What a unit of work costs: seconds an item with all instances busy, or milliseconds of a run.
double block_cost(Goal goal, const Block& block);

/// Not thread-safe. While one is measured, the others stand still.
class Trial {
 public:
  virtual ~Trial() = default;

  /// Keeps all instances busy for at least `duration`, at least one run each. Runs before it are not counted.
  virtual Result<Block> run_block(std::chrono::nanoseconds duration) = 0;

  /// What its session says was really chosen.
  virtual std::string describe() const = 0;
  /// What its process takes beyond the bare program; nothing: not known, or it shares its process.
  virtual std::optional<std::uint64_t> memory_bytes() = 0;
};

/// Where a trial runs.
enum class TrialPlace {
  kShared,      // where others may share what is loaded: for searching among many
  kOwnProcess,  // by itself: its thread pools disturb nobody's, and its memory is its own
};

/// Makes trials.
class TrialMaker {
 public:
  virtual ~TrialMaker() = default;
  /// Errors: those of loading
  virtual Result<std::unique_ptr<Trial>> open(const PlanConfig& plan, TrialPlace place) = 0;
};

}  // namespace tandem::tune
