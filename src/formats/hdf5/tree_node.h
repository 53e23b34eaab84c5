// SPDX-License-Identifier: Apache-2.0
// TreeNode: one node of a B-tree (version 1), in which groups keep their symbols and datasets their chunks.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "formats/hdf5/metadata.h"

namespace tandem::hdf5 {

enum class TreeKind : std::uint8_t { kGroup = 0, kChunks = 1 };

/// Where a node lies, and what it must say of its level, or any when it is negative: the levels below get smaller, so
/// that a walk ends whatever the addresses are.
struct TreePlace {
  std::uint64_t address = 0;
  int level = -1;
};

struct TreeNode {
  int level = 0;  // 0: its entries are leaves, else nodes of the level below
  std::uint16_t count = 0;
  Cursor entries;

  TreePlace below(std::uint64_t address) const { return {address, level - 1}; }
};

/// entry_bytes   of one key and one address
/// errors        invalid_argument (no such node, or levels in disorder), resource_exhausted
Result<TreeNode> read_tree_node(Metadata& file, TreePlace place, TreeKind kind, std::uint64_t entry_bytes);

}  // namespace tandem::hdf5
