// SPDX-License-Identifier: Apache-2.0
// A disjoint-set forest (Tarjan 1975), with path halving.
#include "ensemble/joined_dims.h"

#include <algorithm>

namespace tandem {

JoinedDims::Id JoinedDims::of(std::size_t model, const Dim& dim) {
  if (!dim.is_fixed() && !dim.name.empty()) {
    const auto [place, added] = named_.try_emplace({model, dim.name}, groups_.size());
    if (!added) return place->second;
  }
  groups_.push_back({groups_.size(), dim.is_fixed() ? dim.size : -1, dim.is_fixed() ? "" : dim.name});
  return groups_.size() - 1;
}

JoinedDims::Id JoinedDims::root(Id id) {
  while (groups_[id].parent != id) {
    groups_[id].parent = groups_[groups_[id].parent].parent;
    id = groups_[id].parent;
  }
  return id;
}

bool JoinedDims::join(Id one, Id other) {
  const Id first = std::min(root(one), root(other));
  const Id second = std::max(root(one), root(other));
  if (first == second) return true;
  Group& kept = groups_[first];
  const Group& gone = groups_[second];
  if (kept.size >= 0 && gone.size >= 0 && kept.size != gone.size) return false;
  kept.size = std::max(kept.size, gone.size);
  if (kept.name.empty()) kept.name = gone.name;
  groups_[second].parent = first;
  return true;
}

Dim JoinedDims::describe(Id id) {
  const Group& group = groups_[root(id)];
  return group.size >= 0 ? Dim::fixed(group.size) : Dim::symbol(group.name);
}

}  // namespace tandem
