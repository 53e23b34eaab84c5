// SPDX-License-Identifier: Apache-2.0
// Attributes: small named arrays of a group or dataset; strings may lie in the file's global heap.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/error.h"
#include "formats/hdf5/datatype.h"
#include "formats/hdf5/object_header.h"
#include "formats/named_tensor.h"

namespace tandem::hdf5 {

/// Strings of variable length, by collection and index. A collection is read once.
class GlobalHeap final {
 public:
  explicit GlobalHeap(Metadata& file) : file_(&file) {}
  Result<std::span<const std::byte>> find(std::uint64_t collection, std::uint32_t index);

 private:
  using Objects = std::map<std::uint32_t, std::span<const std::byte>>;
  Result<Objects> read(std::uint64_t collection);

  Metadata* file_;
  std::map<std::uint64_t, Objects> collections_;
};

/// Attributes of numbers, booleans and strings; others are left out.
Result<std::vector<NamedTensor>> read_attributes(Metadata& file, GlobalHeap& heap, std::span<const Message> messages);

/// `bytes` as the elements of a tensor: swapped when big-endian, strings taken apart; numbers are copied.
/// Errors: invalid_argument (not as many bytes as the shape needs).
Result<Tensor> decode_elements(std::span<const std::byte> bytes, const Datatype& type, const Shape& shape);

}  // namespace tandem::hdf5
