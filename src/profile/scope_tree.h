// SPDX-License-Identifier: Apache-2.0
// The parts of a network with the time of each, from the paths that exporters put into the names of nodes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/profiler.h"
#include "profile/profile_summary.h"

namespace tandem::profile {

/// A part, or a node of one.
struct Scope {
  std::string name;                // one step of the path: "layer1"
  double ms = 0;                   // with everything below
  std::optional<std::size_t> row;  // of ProfileSummary::nodes, where this is a node
  std::vector<Scope> parts;        // in the order in which they first ran
};

/// names  by node of the profile: the node's name in the file, or "" where only the engine's own is known
/// The root stands for all nodes. "/layer1/conv1/Conv" is three steps; where no name has a '/', a '.' parts them. Nodes
/// that the engine put in stand with the one before them. Where hardly any name is a path, operators are the parts.
Scope make_scope_tree(const ExecutionProfile& profile, const ProfileSummary& summary,
                      std::span<const std::string> names);

}  // namespace tandem::profile
