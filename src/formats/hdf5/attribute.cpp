// SPDX-License-Identifier: Apache-2.0
// Message versions 1 to 3 differ in padding only.
#include "formats/hdf5/attribute.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace tandem::hdf5 {
namespace {

constexpr std::uint64_t padded(std::uint64_t size) { return (size + 7) / 8 * 8; }

Status check_size(std::span<const std::byte> bytes, const Datatype& type, const Shape& shape) {
  std::uint64_t needed = 0;
  const auto count = static_cast<std::uint64_t>(shape.element_count().value_or(0));
  if (!__builtin_mul_overflow(count, type.size, &needed) && needed == bytes.size()) return {};
  return invalid_argument(fmt::format("HDF5: {} elements of {} bytes do not fill the {} bytes that are there", count,
                                      type.size, bytes.size()));
}

std::string fixed_string(std::span<const std::byte> bytes, bool space_padded) {
  const std::string_view text = text_until_nul(bytes);
  return std::string(space_padded ? text.substr(0, text.find_last_not_of(' ') + 1) : text);
}

Result<Tensor> variable_strings(Metadata& file, GlobalHeap& heap, std::span<const std::byte> bytes,
                                const Shape& shape) {
  std::vector<std::string> strings;
  Cursor cursor(bytes, "list of strings");
  while (cursor.remaining() > 0) {
    const std::uint32_t size = TRY(cursor.u32());
    const std::uint64_t collection = TRY(cursor.u64());
    const std::uint32_t index = TRY(cursor.u32());
    if (size == 0) {
      strings.emplace_back();
      continue;
    }
    const auto object = TRY(heap.find(collection, index));
    if (object.size() < size) return invalid_argument("HDF5: a string is longer than its place in the global heap");
    TRY(file.charge(size));
    strings.emplace_back(text_until_nul(object.first(size)));
  }
  return Tensor::from_strings(shape, std::move(strings));
}

struct RawAttribute {
  std::string name;
  Datatype type;
  Shape shape;
  std::span<const std::byte> data;
};

Result<RawAttribute> read_raw(const Message& message) {
  constexpr std::string_view kWhat = "attribute";
  Cursor cursor(message.data, kWhat);
  const std::uint8_t version = TRY(cursor.u8());
  if (version < 1 || version > 3) {
    return fail(Code::kUnimplemented, fmt::format("HDF5: an attribute has version {}: expected 1 to 3", version));
  }
  const std::uint8_t flags = TRY(cursor.u8());
  if (version > 1 && flags != 0) return fail(Code::kUnimplemented, "HDF5: an attribute has a shared datatype");
  const std::uint16_t name_size = TRY(cursor.u16());
  const std::uint16_t type_size = TRY(cursor.u16());
  const std::uint16_t space_size = TRY(cursor.u16());
  if (version == 3) TRY(cursor.skip(1));  // character set
  const auto field = [&](std::uint64_t size) { return cursor.take(version == 1 ? padded(size) : size); };
  RawAttribute raw;
  raw.name = text_until_nul(TRY(field(name_size)));
  Cursor type(TRY(field(type_size)), kWhat);
  raw.type = TRY(read_datatype(type));
  Cursor space(TRY(field(space_size)), kWhat);
  raw.shape = TRY(read_dataspace(space));
  std::uint64_t size = 0;
  const auto count = static_cast<std::uint64_t>(*raw.shape.element_count());
  if (__builtin_mul_overflow(count, raw.type.size, &size)) return invalid_argument("HDF5: an attribute is too large");
  raw.data = TRY(cursor.take(size));  // padding may follow
  return raw;
}

Status refuse_dense_attributes(const Message& message) {
  Cursor cursor(message.data, "attribute info message");
  TRY(cursor.version(0));
  const std::uint8_t flags = TRY(cursor.u8());
  if ((flags & 1U) != 0) TRY(cursor.skip(2));
  if (TRY(cursor.u64()) == kUndefinedAddress) return {};
  return fail(Code::kUnimplemented,
              "HDF5: an object keeps its attributes in a fractal heap, which is not read. Write the file anew with "
              "Keras, or with h5py and libver='earliest' (its default)");
}

}  // namespace

Result<GlobalHeap::Objects> GlobalHeap::read(std::uint64_t collection) {
  constexpr std::string_view kWhat = "global heap";
  constexpr std::uint64_t kHead = 16;
  Cursor head(TRY(file_->at(collection, kHead, kWhat)), kWhat);
  TRY(head.signature("GCOL"));
  TRY(head.version(1));
  TRY(head.skip(3));
  const std::uint64_t size = TRY(head.u64());
  if (size < kHead) return invalid_argument("HDF5: a global heap is smaller than its head");
  Cursor cursor(TRY(file_->at(collection + kHead, size - kHead, kWhat)), kWhat);
  Objects objects;
  while (cursor.remaining() >= kHead) {
    const std::uint16_t index = TRY(cursor.u16());
    TRY(cursor.skip(6));
    const std::uint64_t bytes = TRY(cursor.u64());
    if (index == 0) break;  // free space up to the end
    const auto object = TRY(cursor.take(bytes));
    TRY(cursor.skip(std::min<std::uint64_t>(padded(bytes) - bytes, cursor.remaining())));
    objects.emplace(index, object);
  }
  return objects;
}

Result<std::span<const std::byte>> GlobalHeap::find(std::uint64_t collection, std::uint32_t index) {
  auto known = collections_.find(collection);
  if (known == collections_.end()) known = collections_.emplace(collection, TRY(read(collection))).first;
  const auto object = known->second.find(index);
  if (object == known->second.end()) return invalid_argument("HDF5: a string is not where the file says it is");
  return object->second;
}

Result<std::vector<NamedTensor>> read_attributes(Metadata& file, GlobalHeap& heap, std::span<const Message> messages) {
  if (const Message* info = TRY(find_message(messages, MessageType::kAttributeInfo))) {
    TRY(refuse_dense_attributes(*info));
  }
  std::vector<NamedTensor> attributes;
  for (const Message& message : messages) {
    if (message.type != MessageType::kAttribute) continue;
    if (message.shared) return fail(Code::kUnimplemented, "HDF5: shared attributes are not read; h5py writes none");
    RawAttribute raw = TRY(read_raw(message));
    if (raw.type.dtype == DType::kUndefined) continue;
    auto value = raw.type.type_class == TypeClass::kVariableString ? variable_strings(file, heap, raw.data, raw.shape)
                                                                   : decode_elements(raw.data, raw.type, raw.shape);
    if (!value) return fail(value.error().with_context("attribute '" + raw.name + "'"));
    attributes.push_back({std::move(raw.name), std::move(*value)});
  }
  return attributes;
}

Result<Tensor> decode_elements(std::span<const std::byte> bytes, const Datatype& type, const Shape& shape) {
  TRY(check_size(bytes, type, shape));
  if (type.type_class == TypeClass::kFixedString) {
    std::vector<std::string> strings;
    for (std::size_t at = 0; at < bytes.size(); at += type.size) {
      strings.push_back(fixed_string(bytes.subspan(at, type.size), type.space_padded));
    }
    return Tensor::from_strings(shape, std::move(strings));
  }
  Tensor tensor = TRY(Tensor::allocate(type.dtype, shape));
  const auto to = tensor.mutable_bytes();
  if (!bytes.empty()) std::memcpy(to.data(), bytes.data(), bytes.size());
  if (type.type_class == TypeClass::kBoolean) {
    std::ranges::transform(to, to.begin(), [](std::byte value) { return std::byte{value != std::byte{0}}; });
  }
  if (type.big_endian && type.size > 1) {
    for (std::size_t at = 0; at < to.size(); at += type.size) std::ranges::reverse(to.subspan(at, type.size));
  }
  return tensor;
}

}  // namespace tandem::hdf5
