// SPDX-License-Identifier: Apache-2.0
// From the superblock down the groups; each object is visited once, so cycles cannot be.
#include "formats/hdf5/hdf5_file.h"

#include <fmt/format.h>

#include <set>

#include "formats/hdf5/attribute.h"
#include "formats/hdf5/group.h"

namespace tandem::hdf5 {
namespace {

constexpr std::string_view kSignature{"\x89HDF\r\n\x1a\n", 8};

/// The address of the root group's object header. Versions 0 and 1, then 2 and 3.
Result<std::uint64_t> read_superblock(std::span<const std::byte> file) {
  Cursor cursor(file, "superblock");
  if (as_text(TRY(cursor.take(kSignature.size()))) != kSignature) return invalid_argument("HDF5: no HDF5 file");
  const std::uint8_t version = TRY(cursor.u8());
  if (version > 3)
    return fail(Code::kUnimplemented, fmt::format("HDF5: superblock version {}: expected 0 to 3", version));
  const bool is_old = version < 2;
  if (is_old) TRY(cursor.skip(4));
  const std::uint8_t offset_size = TRY(cursor.u8());
  const std::uint8_t length_size = TRY(cursor.u8());
  if (offset_size != 8 || length_size != 8) {
    return fail(Code::kUnimplemented, fmt::format("HDF5: addresses of {} bytes and lengths of {}: expected 8 and 8",
                                                  offset_size, length_size));
  }
  TRY(cursor.skip(is_old ? 9 + (version == 1 ? 4 : 0) : 1));
  if (TRY(cursor.u64()) != 0) return fail(Code::kUnimplemented, "HDF5: the file has a user block in front");
  TRY(cursor.skip(8));  // free space, or the superblock's extension
  const std::uint64_t end = TRY(cursor.u64());
  if (end > file.size()) {
    return invalid_argument(
        fmt::format("HDF5: the file has {} bytes where it says {}: it is cut off", file.size(), end));
  }
  if (is_old) TRY(cursor.skip(16));  // driver information; the offset of the root's name
  return cursor.u64();
}

struct Walk {
  Metadata& file;
  GlobalHeap heap;
  const Limits& limits;
  std::map<std::string, Object, std::less<>>& objects;
  std::set<std::uint64_t> visited;
};

Status describe_dataset(Object& object, std::span<const Message> messages, const Message& type_message) {
  const Message* space = TRY(find_message(messages, MessageType::kDataspace));
  if (space == nullptr) return invalid_argument("HDF5: a dataset has no dataspace: the file is damaged");
  Cursor type(type_message.data, "datatype");
  object.type = TRY(read_datatype(type));
  Cursor dims(space->data, "dataspace");
  object.shape = TRY(read_dataspace(dims));
  object.storage = TRY(read_storage(messages));
  object.is_dataset = true;
  return {};
}

struct Pending {
  std::string path;
  std::uint64_t address = 0;
  std::size_t depth = 0;
};

/// Reads one object and queues what is in it.
Status visit(Walk& walk, const Pending& next, std::vector<Pending>& pending) {
  if (!walk.visited.insert(next.address).second) {
    return fail(Code::kUnimplemented, "HDF5: two links lead to the same object, or a group holds itself");
  }
  const std::vector<Message> messages = TRY(read_object_header(walk.file, next.address));
  Object object;
  object.path = next.path;
  object.attributes = TRY(read_attributes(walk.file, walk.heap, messages));
  if (const Message* type = TRY(find_message(messages, MessageType::kDatatype))) {
    TRY(describe_dataset(object, messages, *type));
  } else {
    if (next.depth == walk.limits.depth) return fail(Code::kResourceExhausted, "HDF5: groups lie too deep in groups");
    for (Link& link : TRY(read_links(walk.file, messages))) {
      std::string path = join(next.path, link.name);
      if (path.size() > walk.limits.path_bytes) return fail(Code::kResourceExhausted, "HDF5: a path is too long");
      TRY(walk.file.charge(path.size()));
      pending.push_back({std::move(path), link.address, next.depth + 1});
    }
  }
  if (!walk.objects.emplace(next.path, std::move(object)).second) {
    return invalid_argument("HDF5: two objects have the same name: the file is damaged");
  }
  if (walk.objects.size() > walk.limits.objects) return fail(Code::kResourceExhausted, "HDF5: too many objects");
  return {};
}

Status walk_file(Walk& walk, std::uint64_t root) {
  std::vector<Pending> pending = {{"", root, 0}};
  while (!pending.empty()) {
    const Pending next = std::move(pending.back());
    pending.pop_back();
    const Status visited = visit(walk, next, pending);
    if (!visited) return fail(visited.error().with_context("'" + next.path + "'"));
  }
  return {};
}

bool is_aligned(const void* data, std::size_t size) { return reinterpret_cast<std::uintptr_t>(data) % size == 0; }

/// The type as it is decoded: bfloat16 in opaque bytes becomes a number.
Datatype decoded_type(const Object& dataset) {
  Datatype type = dataset.type;
  type.dtype = dataset.dtype();
  return type;
}

}  // namespace

DType Object::dtype() const {
  if (type.type_class != TypeClass::kOpaque || type.size != 2) return type.dtype;
  const Tensor* named = attribute("dtype");
  const bool is_bfloat16 = named != nullptr && named->dtype() == DType::kString && named->element_count() == 1 &&
                           named->strings().front() == "bfloat16";
  return is_bfloat16 ? DType::kBfloat16 : DType::kUndefined;
}

Result<File> File::open(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const Limits& limits) {
  const std::uint64_t root = TRY(read_superblock(bytes));
  File file;
  file.bytes_ = bytes;
  file.owner_ = std::move(owner);
  Metadata metadata(bytes);
  Walk walk{metadata, GlobalHeap(metadata), limits, file.objects_, {}};
  TRY(walk_file(walk, root));
  return file;
}

const Object* File::find(std::string_view path) const {
  const auto found = objects_.find(path);
  return found == objects_.end() ? nullptr : &found->second;
}

std::vector<std::string> File::names_in(std::string_view group) const {
  std::vector<std::string> names;
  const std::string prefix = join(group, "");
  for (auto at = objects_.upper_bound(prefix); at != objects_.end() && at->first.starts_with(prefix); ++at) {
    const std::string name = at->first.substr(prefix.size());
    if (!name.empty() && name.find('/') == std::string::npos) names.push_back(name);
  }
  return names;
}

Result<Tensor> File::read(const Object& dataset) const {
  const Datatype type = decoded_type(dataset);
  if (!dataset.is_dataset || type.dtype == DType::kUndefined || type.type_class == TypeClass::kVariableString) {
    return fail(Code::kUnimplemented,
                fmt::format("HDF5: '{}' is no dataset of numbers or fixed strings", dataset.path));
  }
  std::uint64_t needed = 0;
  const auto count = static_cast<std::uint64_t>(*dataset.shape.element_count());
  if (__builtin_mul_overflow(count, type.size, &needed)) return invalid_argument("HDF5: a dataset is too large");
  const Storage& storage = dataset.storage;
  const auto read = [&]() -> Result<Tensor> {
    if (storage.kind == StorageKind::kCompact) return decode_elements(storage.data, type, dataset.shape);
    Metadata metadata(bytes_);
    if (storage.kind == StorageKind::kContiguous) {
      if (needed == 0) return decode_elements({}, type, dataset.shape);
      if (!storage.filters.empty()) return invalid_argument("HDF5: a contiguous dataset has filters: it is damaged");
      const auto bytes = TRY(metadata.at(storage.address, needed, "data"));
      const bool as_needed = type.type_class != TypeClass::kFixedString && type.type_class != TypeClass::kBoolean &&
                             !type.big_endian && is_aligned(bytes.data(), type.size);
      return as_needed ? Tensor::borrow(type.dtype, dataset.shape, bytes, owner_)
                       : decode_elements(bytes, type, dataset.shape);
    }
    constexpr std::uint64_t kDeflateAtMost = 1032;
    if (needed / kDeflateAtMost > bytes_.size()) {
      return fail(Code::kResourceExhausted, "HDF5: a dataset is larger than the file can spell");
    }
    std::vector<std::byte> bytes(static_cast<std::size_t>(needed));
    TRY(read_chunks(metadata, {storage, dataset.shape, type.size}, bytes));
    return decode_elements(bytes, type, dataset.shape);
  };
  auto tensor = read();
  if (!tensor) return fail(tensor.error().with_context("'" + dataset.path + "'"));
  return tensor;
}

std::string join(std::string_view group, std::string_view name) {
  return group.empty() ? std::string(name) : fmt::format("{}/{}", group, name);
}

}  // namespace tandem::hdf5
