// SPDX-License-Identifier: Apache-2.0
// ProfileReport: where a model's time goes, for a terminal, for programs, as a page and as a trace.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/profiler.h"
#include "profile/left_overs.h"
#include "profile/machine_peak.h"
#include "profile/node_fates.h"
#include "profile/profile_summary.h"

namespace tandem::profile {

struct ProfileReport {
  std::string model;
  std::string engine;  // "onnxruntime 1.31.1"
  std::string inputs;  // "input: float32[1,3,224,224]"
  std::string machine;
  std::size_t warmup_runs = 0;
  double plain_run_ms = 0;  // without the profiler: the mean of the quicker half
  std::size_t plain_runs = 0;
  ExecutionProfile profile;
  ProfileSummary summary;
  std::optional<MachinePeak> peak;  // nothing where the work was not done on the processor
  FateReport fates;
  std::vector<LeftOver> left_overs;
};

/// Nodes of the file that one operator took together: "Conv + BatchNormalization + Relu".
struct FusionPattern {
  std::string from;
  std::string into;  // operator_label() of the node that ran
  std::size_t count = 0;
  double ms = 0;
};
/// The costliest first.
std::vector<FusionPattern> find_fusions(const ProfileReport& report);

/// What the engine's profiler adds to each node, from the runs with and without it; nothing where it is below a tenth
/// of a run.
std::optional<double> profiler_cost_us(const ProfileReport& report);

enum class Tables { kBoth, kOperators, kNodes };
struct TextOptions {
  Tables tables = Tables::kBoth;
  std::size_t top = 15;  // nodes
};
/// For a terminal; ends with the machine line.
std::string report_as_text(const ProfileReport& report, const TextOptions& options);

/// One JSON document; units end the keys' names; what is not known is null.
std::string report_as_json(const ProfileReport& report);

/// A page that needs nothing else: tables, the roofline and the parts of the network as inline SVG.
std::string report_as_page(const ProfileReport& report);

/// A trace in Chrome's format (Perfetto, chrome://tracing): as many of the runs, in order, as make 20,000 events.
std::string report_as_trace(const ProfileReport& report);

}  // namespace tandem::profile
