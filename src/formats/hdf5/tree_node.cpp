// SPDX-License-Identifier: Apache-2.0
// The head, then as many entries as it says.
#include "formats/hdf5/tree_node.h"

#include <fmt/format.h>

namespace tandem::hdf5 {

Result<TreeNode> read_tree_node(Metadata& file, TreePlace place, TreeKind kind, std::uint64_t entry_bytes) {
  constexpr std::uint64_t kHeadBytes = 24;
  constexpr int kMaxLevel = 8;
  const std::string_view what = kind == TreeKind::kGroup ? "group's B-tree" : "chunks' B-tree";
  Cursor head(TRY(file.at(place.address, kHeadBytes, what)), what);
  TRY(head.signature("TREE"));
  TRY(head.version(static_cast<std::uint8_t>(kind)));
  const int level = TRY(head.u8());
  if (level > kMaxLevel || (place.level >= 0 && level != place.level)) {
    return invalid_argument(fmt::format("HDF5: the {} has levels in disorder: the file is damaged", what));
  }
  const std::uint16_t count = TRY(head.u16());
  const auto entries = TRY(file.at(place.address + kHeadBytes, count * entry_bytes, what));
  return TreeNode{level, count, Cursor(entries, what)};
}

}  // namespace tandem::hdf5
