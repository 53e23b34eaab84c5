// SPDX-License-Identifier: Apache-2.0
// Storage: where the elements of a dataset lie, and how they are put together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "core/shape.h"
#include "formats/hdf5/object_header.h"

namespace tandem::hdf5 {

enum class StorageKind { kContiguous, kCompact, kChunked };
enum class Filter : std::uint16_t { kDeflate = 1, kShuffle = 2 };

struct Storage {
  StorageKind kind = StorageKind::kContiguous;
  std::span<const std::byte> data;        // compact: the elements themselves
  std::uint64_t address = 0;              // contiguous: of the elements; chunked: of the B-tree
  std::uint64_t size = 0;                 // contiguous: in bytes
  std::vector<std::uint32_t> chunk_dims;  // chunked: of one chunk, without the element's size
  std::vector<Filter> filters;            // in the order in which they were applied when writing
};

/// Errors: invalid_argument, unimplemented (layouts, filters and files of other kinds, with what to do).
Result<Storage> read_storage(std::span<const Message> messages);

/// What a chunked dataset is made of.
struct Chunked {
  const Storage& storage;
  const Shape& shape;
  std::uint32_t element_size = 0;
};

/// All elements in row-major order, `out.size()` bytes. Every chunk must be there exactly once.
Status read_chunks(Metadata& file, const Chunked& dataset, std::span<std::byte> out);

}  // namespace tandem::hdf5
