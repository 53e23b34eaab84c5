// SPDX-License-Identifier: Apache-2.0
// The layout message and the filter pipeline message.
#include "formats/hdf5/storage.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem::hdf5 {
namespace {

Status read_chunked_layout(Cursor& cursor, Storage& storage) {
  const std::uint8_t dimensions = TRY(cursor.u8());  // one more than the rank: the element's size is the last
  if (dimensions < 2 || dimensions > 33) return invalid_argument("HDF5: a chunked layout has no dimensions");
  storage.kind = StorageKind::kChunked;
  storage.address = TRY(cursor.u64());
  for (int i = 0; i + 1 < dimensions; ++i) {
    storage.chunk_dims.push_back(TRY(cursor.u32()));
    if (storage.chunk_dims.back() == 0) return invalid_argument("HDF5: a chunk of size 0: the file is damaged");
  }
  return {};
}

Result<Storage> read_layout(const Message& message) {
  constexpr std::uint8_t kCompact = 0, kContiguous = 1, kChunked = 2;
  Cursor cursor(message.data, "layout message");
  const std::uint8_t version = TRY(cursor.u8());
  if (version < 3 || version > 4) {
    return fail(Code::kUnimplemented, fmt::format("HDF5: a layout message has version {}: expected 3 or 4", version));
  }
  const std::uint8_t layout = TRY(cursor.u8());
  Storage storage;
  if (layout == kCompact) {
    storage.kind = StorageKind::kCompact;
    const std::uint16_t size = TRY(cursor.u16());
    storage.data = TRY(cursor.take(size));
  } else if (layout == kContiguous) {
    storage.address = TRY(cursor.u64());
    storage.size = TRY(cursor.u64());
  } else if (layout == kChunked && version == 3) {
    TRY(read_chunked_layout(cursor, storage));
  } else {
    return fail(
        Code::kUnimplemented,
        "HDF5: a dataset is virtual or chunked in the way of libver='latest', which is not read. Write the file "
        "anew with Keras, or with h5py and libver='earliest' (its default)");
  }
  return storage;
}

Result<std::vector<Filter>> read_filters(const Message& message) {
  Cursor cursor(message.data, "filter message");
  const std::uint8_t version = TRY(cursor.u8());
  if (version < 1 || version > 2) return invalid_argument(fmt::format("HDF5: a filter message of version {}", version));
  const std::uint8_t count = TRY(cursor.u8());
  if (version == 1) TRY(cursor.skip(6));
  std::vector<Filter> filters;
  for (int i = 0; i < count; ++i) {
    const std::uint16_t id = TRY(cursor.u16());
    const bool has_name = version == 1 || id >= 256;
    const std::uint16_t name_size = has_name ? TRY(cursor.u16()) : std::uint16_t{0};
    TRY(cursor.skip(2));  // flags
    const std::uint16_t values = TRY(cursor.u16());
    TRY(cursor.skip(version == 1 ? (name_size + 7U) / 8 * 8 : name_size));
    TRY(cursor.skip(values * std::uint64_t{4} + (version == 1 && values % 2 == 1 ? 4 : 0)));
    if (id != static_cast<std::uint16_t>(Filter::kDeflate) && id != static_cast<std::uint16_t>(Filter::kShuffle)) {
      return fail(Code::kUnimplemented,
                  fmt::format("HDF5: the filter {} is not known: expected deflate (gzip) or shuffle", id));
    }
    filters.push_back(static_cast<Filter>(id));
  }
  return filters;
}

}  // namespace

Result<Storage> read_storage(std::span<const Message> messages) {
  if (TRY(find_message(messages, MessageType::kExternalFiles)) != nullptr) {
    return fail(Code::kUnimplemented, "HDF5: a dataset lies in another file, which is never opened");
  }
  const Message* layout = TRY(find_message(messages, MessageType::kLayout));
  if (layout == nullptr) return invalid_argument("HDF5: a dataset has no layout: the file is damaged");
  Storage storage = TRY(read_layout(*layout));
  if (const Message* filters = TRY(find_message(messages, MessageType::kFilters))) {
    storage.filters = TRY(read_filters(*filters));
  }
  return storage;
}

}  // namespace tandem::hdf5
