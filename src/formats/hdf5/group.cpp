// SPDX-License-Identifier: Apache-2.0
// Old: a B-tree (TREE) of symbol nodes (SNOD), whose names lie in a local heap (HEAP). New: one message a link.
#include "formats/hdf5/group.h"

#include <fmt/format.h>

#include "formats/hdf5/tree_node.h"

namespace tandem::hdf5 {
namespace {

constexpr std::size_t kMaxName = 1024;

Status check_name(std::string_view name) {
  if (!name.empty() && name.size() <= kMaxName && name.find('/') == std::string_view::npos) return {};
  return invalid_argument("HDF5: a name in a group is empty, longer than 1024 bytes or holds '/': the file is damaged");
}

struct SymbolTable {
  Metadata& file;
  std::span<const std::byte> names;  // the data of the local heap
  std::vector<Link> links;
};

Result<std::span<const std::byte>> read_local_heap(Metadata& file, std::uint64_t address) {
  constexpr std::string_view kWhat = "local heap";
  Cursor cursor(TRY(file.at(address, 32, kWhat)), kWhat);
  TRY(cursor.signature("HEAP"));
  TRY(cursor.version(0));
  TRY(cursor.skip(3));
  const std::uint64_t size = TRY(cursor.u64());
  TRY(cursor.skip(8));  // the free list
  return file.at(TRY(cursor.u64()), size, kWhat);
}

Status read_symbol_node(SymbolTable& table, std::uint64_t address) {
  constexpr std::string_view kWhat = "symbol table node";
  constexpr std::uint64_t kEntry = 40;
  constexpr std::uint32_t kSymbolicLink = 2;
  Cursor head(TRY(table.file.at(address, 8, kWhat)), kWhat);
  TRY(head.signature("SNOD"));
  TRY(head.version(1));
  TRY(head.skip(1));
  const std::uint16_t count = TRY(head.u16());
  Cursor cursor(TRY(table.file.at(address + 8, count * kEntry, kWhat)), kWhat);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t name_at = TRY(cursor.u64());
    const std::uint64_t object = TRY(cursor.u64());
    const std::uint32_t cache = TRY(cursor.u32());
    TRY(cursor.skip(20));
    if (name_at >= table.names.size()) return invalid_argument("HDF5: a name lies outside the local heap");
    const std::string_view name = text_until_nul(table.names.subspan(static_cast<std::size_t>(name_at)));
    TRY(check_name(name));
    TRY(table.file.charge(name.size()));
    if (cache == kSymbolicLink) {
      return fail(Code::kUnimplemented, fmt::format("HDF5: '{}' is a symbolic link; only hard links are read", name));
    }
    table.links.push_back({std::string(name), object});
  }
  return {};
}

Status read_tree(SymbolTable& table, TreePlace place) {
  constexpr std::uint64_t kEntryBytes = 16;
  TreeNode node = TRY(read_tree_node(table.file, place, TreeKind::kGroup, kEntryBytes));
  for (int i = 0; i < node.count; ++i) {
    TRY(node.entries.skip(8));  // the key: an offset of a name
    const std::uint64_t child = TRY(node.entries.u64());
    TRY(node.level == 0 ? read_symbol_node(table, child) : read_tree(table, node.below(child)));
  }
  return {};
}

Result<std::vector<Link>> read_symbol_table(Metadata& file, const Message& message) {
  Cursor cursor(message.data, "symbol table message");
  const std::uint64_t tree = TRY(cursor.u64());
  const std::uint64_t heap = TRY(cursor.u64());
  const auto names = TRY(read_local_heap(file, heap));
  SymbolTable table{file, names, {}};
  TRY(read_tree(table, {tree}));
  return std::move(table.links);
}

Status refuse_dense_links(const Message& message) {
  Cursor cursor(message.data, "link info message");
  TRY(cursor.version(0));
  const std::uint8_t flags = TRY(cursor.u8());
  if ((flags & 1U) != 0) TRY(cursor.skip(8));
  if (TRY(cursor.u64()) == kUndefinedAddress) return {};
  return fail(Code::kUnimplemented,
              "HDF5: a group keeps its links in a fractal heap, which is not read. Write the file anew with Keras, or "
              "with h5py and libver='earliest' (its default)");
}

Result<Link> read_link(const Message& message) {
  Cursor cursor(message.data, "link message");
  TRY(cursor.version(1));
  const std::uint8_t flags = TRY(cursor.u8());
  const std::uint8_t type = (flags & 8U) != 0 ? TRY(cursor.u8()) : std::uint8_t{0};
  if ((flags & 4U) != 0) TRY(cursor.skip(8));   // creation order
  if ((flags & 16U) != 0) TRY(cursor.skip(1));  // character set
  const std::uint64_t size = TRY(cursor.number(std::size_t{1} << (flags & 3U)));
  Link link;
  link.name = as_text(TRY(cursor.take(size)));
  TRY(check_name(link.name));
  if (type != 0) {
    return fail(Code::kUnimplemented,
                fmt::format("HDF5: '{}' is a soft or external link; only hard links are read", link.name));
  }
  link.address = TRY(cursor.u64());
  return link;
}

}  // namespace

Result<std::vector<Link>> read_links(Metadata& file, std::span<const Message> messages) {
  if (const Message* table = TRY(find_message(messages, MessageType::kSymbolTable))) {
    return read_symbol_table(file, *table);
  }
  if (const Message* info = TRY(find_message(messages, MessageType::kLinkInfo))) TRY(refuse_dense_links(*info));
  std::vector<Link> links;
  for (const Message& message : messages) {
    if (message.type == MessageType::kLink) links.push_back(TRY(read_link(message)));
  }
  return links;
}

}  // namespace tandem::hdf5
