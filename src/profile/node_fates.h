// SPDX-License-Identifier: Apache-2.0
// What became of the nodes of the file: which ran as they were, which were fused into which, which are gone.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/profiler.h"
#include "graph/graph.h"

namespace tandem::profile {

enum class Fate {
  kRan,      // one node with this operator makes its output, perhaps in another layout
  kFused,    // its work is done by a node that does more
  kFolded,   // of constants alone: computed when the model was loaded
  kRemoved,  // moves or renames data; nothing that ran does it
  kUnknown,  // it is gone, and the names do not say where to
};
std::string_view fate_name(Fate fate);  // "ran", "fused" ...

struct NodeFate {
  std::size_t file_node = 0;  // of Graph::nodes
  Fate fate = Fate::kUnknown;
  std::vector<std::size_t> executed;  // of ExecutionProfile::nodes: who does its work; several take it in twice
};

struct FileNode {
  std::string op;
  std::string name;  // or, where it has none, that of its first output
};

struct FateReport {
  bool known = false;  // false: the engine tells no values' names, so nothing can be said
  std::vector<FileNode> file_nodes;
  std::vector<NodeFate> fates;  // one for each node of the file's main graph
  /// By node of the profile: the name of the node of the file that it stands for, "" where there is none or it has
  /// none.
  std::vector<std::string> names;
  std::vector<std::size_t> added;  // nodes of the profile that stand for none: the engine put them in
};

/// By the names of values: a value of the file that a node of the profile makes is that node's, and what computed it
/// alone is in there, too. Nodes in subgraphs are not followed.
FateReport follow_nodes(const graph::Graph& file, const ExecutionProfile& profile);

}  // namespace tandem::profile
