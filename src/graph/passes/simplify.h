// SPDX-License-Identifier: Apache-2.0
// simplify: runs the passes over a model, verifies it after each, and reports what they did.
#pragma once

#include <chrono>
#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/passes/pass.h"

namespace tandem::graph {

/// One row of the list of passes.
struct Pass {
  std::string_view name;   // as --no-pass names it
  std::string_view about;  // what it does, in a few words
  bool by_default = true;
  PassFunction run = nullptr;
};

/// All passes in the order in which they run.
std::span<const Pass> all_passes();

struct PassOptions {
  bool enabled = true;                       // false: the model stays as it is
  std::set<std::string, std::less<>> off;    // names of passes that do not run
  std::set<std::string, std::less<>> added;  // names of passes that run although they do not by default
  PassLimits limits;
};

/// What one pass did, all rounds together.
struct PassReport {
  std::string name;
  std::size_t changes = 0;
  std::chrono::nanoseconds time{0};
};

struct SimplifyReport {
  std::size_t nodes_before = 0;
  std::size_t nodes_after = 0;
  std::uint64_t weight_bytes_before = 0;
  std::uint64_t weight_bytes_after = 0;
  std::size_t rounds = 0;
  std::vector<PassReport> passes;  // those that ran, in their order
};

/// "17 nodes fewer, 3 passes changed something".
std::string to_string(const SimplifyReport& report);

/// Runs the passes in rounds until nothing changes, at most kMaxRounds of them. Inputs and outputs keep their names,
/// types and shapes; results stay the same up to rounding.
/// Errors: invalid_argument (a name that no pass has); internal, naming the pass, when a pass broke the model, which is
/// then not to be used.
inline constexpr std::size_t kMaxRounds = 8;
Result<SimplifyReport> simplify(Model& model, const PassOptions& options = {});

}  // namespace tandem::graph
