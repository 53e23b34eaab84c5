// SPDX-License-Identifier: Apache-2.0
// Chunks: found through a B-tree, unpacked one by one, copied row by row to their places.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "formats/hdf5/storage.h"
#include "formats/hdf5/tree_node.h"

namespace tandem::hdf5 {
namespace {

struct Chunk {
  std::uint64_t address = 0;
  std::uint32_t size = 0;  // in the file
  std::vector<std::uint64_t> offset;
};

struct ChunkTree {
  Metadata& file;
  std::size_t rank = 0;
  std::vector<Chunk> chunks;
};

Status read_tree(ChunkTree& tree, TreePlace place) {
  const std::uint64_t entry_bytes = 8 + (tree.rank + 1) * 8 + 8;
  TreeNode node = TRY(read_tree_node(tree.file, place, TreeKind::kChunks, entry_bytes));
  for (int i = 0; i < node.count; ++i) {
    Chunk chunk;
    chunk.size = TRY(node.entries.u32());
    if (TRY(node.entries.u32()) != 0) return fail(Code::kUnimplemented, "HDF5: a chunk leaves out some of its filters");
    for (std::size_t axis = 0; axis < tree.rank; ++axis) chunk.offset.push_back(TRY(node.entries.u64()));
    TRY(node.entries.skip(8));  // the offset within an element: 0
    chunk.address = TRY(node.entries.u64());
    if (node.level == 0) {
      tree.chunks.push_back(std::move(chunk));
    } else {
      TRY(read_tree(tree, node.below(chunk.address)));
    }
  }
  return {};
}

Status inflate_exactly(std::span<const std::byte> packed, std::span<std::byte> out) {
  auto size = static_cast<uLongf>(out.size());
  const int result = ::uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                                  reinterpret_cast<const Bytef*>(packed.data()), static_cast<uLong>(packed.size()));
  if (result == Z_OK && size == out.size()) return {};
  return invalid_argument("HDF5: a chunk does not unpack to its size: the file is damaged");
}

/// The first bytes of all elements come first, then the second bytes, and so on; what is left over stays at the end.
void unshuffle(std::span<const std::byte> from, std::span<std::byte> to, std::size_t element_size) {
  const std::size_t count = from.size() / element_size;
  for (std::size_t byte = 0; byte < element_size; ++byte) {
    for (std::size_t i = 0; i < count; ++i) to[i * element_size + byte] = from[byte * count + i];
  }
  std::ranges::copy(from.subspan(count * element_size), to.begin() + static_cast<std::ptrdiff_t>(count * element_size));
}

struct Place {
  const Chunked& dataset;
  std::uint64_t chunk_bytes = 0;
};

Result<std::vector<std::byte>> unpack(Metadata& file, const Chunk& chunk, const Place& place) {
  const auto stored = TRY(file.at(chunk.address, chunk.size, "chunk"));
  std::vector<std::byte> bytes(stored.begin(), stored.end());
  const auto& filters = place.dataset.storage.filters;
  for (auto filter = filters.rbegin(); filter != filters.rend(); ++filter) {
    std::vector<std::byte> next(static_cast<std::size_t>(place.chunk_bytes));
    if (*filter == Filter::kDeflate) {
      TRY(inflate_exactly(bytes, next));
    } else {
      if (bytes.size() != next.size()) return invalid_argument("HDF5: a shuffled chunk has not its size");
      unshuffle(bytes, next, place.dataset.element_size);
    }
    bytes = std::move(next);
  }
  if (bytes.size() != place.chunk_bytes) return invalid_argument("HDF5: a chunk has not its size: the file is damaged");
  return bytes;
}

/// Copies the part of the chunk that lies within the dataset, a row along the last axis at a time.
void copy_chunk(const Chunk& chunk, const Place& place, std::span<const std::byte> from, std::span<std::byte> out) {
  const auto& shape = place.dataset.shape;
  const auto& dims = place.dataset.storage.chunk_dims;
  const std::size_t rank = dims.size();
  const std::uint64_t element = place.dataset.element_size;
  std::vector<std::uint64_t> extent(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    extent[i] = std::min<std::uint64_t>(dims[i], static_cast<std::uint64_t>(shape[i]) - chunk.offset[i]);
  }
  std::vector<std::uint64_t> at(rank, 0);
  for (bool more = true; more;) {
    std::uint64_t source = 0;
    std::uint64_t target = 0;
    for (std::size_t i = 0; i < rank; ++i) {
      source = source * dims[i] + at[i];
      target = target * static_cast<std::uint64_t>(shape[i]) + chunk.offset[i] + at[i];
    }
    std::memcpy(out.data() + target * element, from.data() + source * element,
                static_cast<std::size_t>(extent[rank - 1] * element));
    more = false;
    for (std::size_t i = rank - 1; i-- > 0 && !more;) {
      more = ++at[i] < extent[i];
      if (!more) at[i] = 0;
    }
  }
}

/// Every offset is that of a chunk of the dataset, none comes twice, none is missing.
Status check_chunks(const std::vector<Chunk>& chunks, const Chunked& dataset) {
  std::uint64_t expected = 1;
  for (std::size_t i = 0; i < dataset.shape.rank(); ++i) {
    const std::uint64_t chunk = dataset.storage.chunk_dims[i];
    const std::uint64_t count = (static_cast<std::uint64_t>(dataset.shape[i]) + chunk - 1) / chunk;
    if (__builtin_mul_overflow(expected, count, &expected)) return invalid_argument("HDF5: too many chunks");
  }
  std::set<std::vector<std::uint64_t>> seen;
  for (const Chunk& chunk : chunks) {
    for (std::size_t i = 0; i < chunk.offset.size(); ++i) {
      if (chunk.offset[i] >= static_cast<std::uint64_t>(dataset.shape[i]) ||
          chunk.offset[i] % dataset.storage.chunk_dims[i] != 0) {
        return invalid_argument("HDF5: a chunk lies outside its dataset: the file is damaged");
      }
    }
    if (!seen.insert(chunk.offset).second) return invalid_argument("HDF5: a chunk is there twice: the file is damaged");
  }
  if (chunks.size() == expected) return {};
  return invalid_argument(fmt::format("HDF5: {} of {} chunks were written", chunks.size(), expected));
}

/// The bytes of one chunk, unpacked. Deflate makes at most 1032 of one byte; a chunk may be larger than its dataset.
Result<std::uint64_t> chunk_size(Metadata& file, const Chunked& dataset) {
  std::uint64_t bytes = dataset.element_size;
  for (const std::uint32_t dim : dataset.storage.chunk_dims) {
    if (__builtin_mul_overflow(bytes, std::uint64_t{dim}, &bytes))
      return invalid_argument("HDF5: a chunk is too large");
  }
  constexpr std::uint64_t kDeflateAtMost = 1032;
  if (bytes / kDeflateAtMost > file.file().size()) {
    return fail(Code::kResourceExhausted, "HDF5: a chunk is larger than the file can spell");
  }
  return bytes;
}

}  // namespace

Status read_chunks(Metadata& file, const Chunked& dataset, std::span<std::byte> out) {
  if (dataset.storage.chunk_dims.size() != dataset.shape.rank()) {
    return invalid_argument("HDF5: chunks of another rank than their dataset: the file is damaged");
  }
  if (out.empty()) return {};
  ChunkTree tree{file, dataset.shape.rank(), {}};
  TRY(read_tree(tree, {dataset.storage.address}));
  TRY(check_chunks(tree.chunks, dataset));
  const auto size = TRY(chunk_size(file, dataset));
  const Place place{dataset, size};
  for (const Chunk& chunk : tree.chunks) {
    const std::vector<std::byte> bytes = TRY(unpack(file, chunk, place));
    copy_chunk(chunk, place, bytes, out);
  }
  return {};
}

}  // namespace tandem::hdf5
