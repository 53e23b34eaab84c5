// SPDX-License-Identifier: Apache-2.0
// From an engine's profile to figures: time, share, work and speed of every node and every operator. Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/profiler.h"
#include "profile/machine_peak.h"

namespace tandem::profile {

/// Work and time of a node, or of several together; of one run.
struct Load {
  double ms = 0;                // without what ran inside, in nodes of its own
  std::optional<double> flops;  // of several: of those that are known
  std::optional<double> bytes;
  double flops_ms = 0;  // the time of those whose operations are known
  double bytes_ms = 0;
};

/// Nothing where the work is not known or no time was seen.
std::optional<double> flops_per_second(const Load& load);
std::optional<double> bytes_per_second(const Load& load);

/// Where a load stands under the machine's roof (Williams, Waterman, Patterson: Roofline, 2009).
struct Placement {
  double flops_per_byte = 0;
  double attainable = 0;  // operations a second that the roof allows at that intensity
  double reached = 0;     // share of it; above 1 where the data came out of a cache
  bool memory_bound = false;
};
/// Nothing without operations, bytes or time.
std::optional<Placement> place_under_roof(const Load& load, const MachinePeak& peak);

struct NodeRow {
  std::size_t node = 0;  // of ExecutionProfile::nodes
  std::string label;     // operator_label()
  Load load;
  double share = 0;   // of the run's time
  double calls = 0;   // a run
  double min_ms = 0;  // of the runs: the shortest and the middle one
  double p50_ms = 0;
};

struct OperatorRow {
  std::string label;
  std::string kernel;  // of its nodes; "several"
  std::size_t nodes = 0;
  std::size_t uncounted = 0;  // nodes whose operations are not known
  Load load;
  double share = 0;
};

struct ProfileSummary {
  std::size_t runs = 0;        // that were profiled
  std::size_t quiet_runs = 0;  // of those, the quicker half, which all times are means of
  double run_ms = 0;           // a whole run
  double in_nodes_ms = 0;      // of that, in nodes
  Load total;
  std::vector<NodeRow> nodes;          // the longest first
  std::vector<OperatorRow> operators;  // the longest first
};

ProfileSummary summarize_profile(const ExecutionProfile& profile);

/// The mean of the quicker half, as the times above are; of at least one.
double quiet_mean(std::vector<double> samples_ms);

}  // namespace tandem::profile
