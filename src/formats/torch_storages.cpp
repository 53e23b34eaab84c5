// SPDX-License-Identifier: Apache-2.0
// Storages of both formats; of the older one, the five pickles before them.
//
// Source of the older format: torch/serialization.py, _legacy_save, and torch/csrc/serialization.cpp (the elements are
// little-endian on every machine).
#include "formats/torch_storages.h"

#include <fmt/format.h>

#include <cstring>

#include "base/bytes.h"
#include "formats/torch_types.h"

namespace tandem {
namespace {

using Bytes = std::span<const std::byte>;

/// "archive/" of "archive/data/".
std::string_view root_of(std::string_view folder) { return folder.substr(0, folder.find('/') + 1); }

Result<bool> is_big_endian(const ZipArchive& archive, std::string_view root) {
  const ZipMember* member = archive.find(std::string(root) + "byteorder");
  if (member == nullptr) return false;
  const auto bytes = TRY(archive.read(*member));
  if (as_text(bytes) == "little") return false;
  if (as_text(bytes) == "big") return true;
  return invalid_argument("torch: the member 'byteorder' is neither little nor big");
}

/// Reads the next of several pickles that stand one behind the other.
Result<PickleDocument> next_pickle(Bytes& rest, std::string_view what) {
  auto document = PickleDocument::parse(rest);
  if (!document) return fail(document.error().with_context(fmt::format("torch, {}", what)));
  rest = rest.subspan(document->size());
  return document;
}

Status check_preamble(Bytes& rest) {
  constexpr std::string_view kMagic{"\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19", 10};
  constexpr std::int64_t kProtocol = 1001;
  const PickleDocument magic = TRY(next_pickle(rest, "magic number"));
  if (magic.root().kind != PickleKind::kBigInt || magic.root().text != kMagic) {
    return invalid_argument("torch: the magic number of torch.save is wrong");
  }
  const PickleDocument protocol = TRY(next_pickle(rest, "protocol"));
  if (protocol.root().kind != PickleKind::kInt || protocol.root().integer != kProtocol) {
    return fail(Code::kUnimplemented,
                fmt::format("torch: legacy files of protocol {} are read, this is another", kProtocol));
  }
  const PickleDocument system = TRY(next_pickle(rest, "system info"));
  if (system.root().kind != PickleKind::kDict) return invalid_argument("torch: the system info is no dict");
  return {};
}

/// Element type and count of every storage, from the ids that the object refers to it by.
struct StorageKind {
  DType dtype = DType::kUndefined;
  std::int64_t count = 0;
};
std::map<std::string, StorageKind, std::less<>> storage_kinds(const PickleDocument& document) {
  std::map<std::string, StorageKind, std::less<>> kinds;
  for (const PickleValue& value : document.values()) {
    if (value.kind != PickleKind::kPersistent) continue;
    const auto& id = value.items[0]->items;
    const bool known = id.size() >= 5 && id[0]->text == "storage" && id[1]->kind == PickleKind::kGlobal &&
                       id[2]->kind == PickleKind::kString && id[4]->kind == PickleKind::kInt;
    const auto dtype = known ? torch_storage_dtype(id[1]->attribute) : std::nullopt;
    if (dtype) kinds.insert_or_assign(id[2]->text, StorageKind{*dtype, id[4]->integer});
  }
  return kinds;
}

/// Behind the pickles, for each key: the count of elements, int64, and the elements.
Status read_storages(Bytes rest, const PickleValue& keys, LegacyTorchFile& file) {
  if (keys.kind != PickleKind::kList) return invalid_argument("torch: the storage keys are no list");
  const auto kinds = storage_kinds(file.document);
  for (const PickleValue* key : keys.items) {
    const auto kind = kinds.find(key->text);
    if (kind == kinds.end()) {
      return fail(Code::kUnimplemented, fmt::format("torch: the element type of storage '{}' is not known", key->text));
    }
    std::int64_t count = 0;
    if (rest.size() < sizeof(count)) return invalid_argument(fmt::format("torch: storage '{}' is missing", key->text));
    std::memcpy(&count, rest.data(), sizeof(count));
    rest = rest.subspan(sizeof(count));
    const auto room = count < 0 ? std::nullopt : byte_size(kind->second.dtype, static_cast<std::size_t>(count));
    const std::size_t bytes = room.value_or(SIZE_MAX);
    if (count != kind->second.count || bytes > rest.size()) {
      return invalid_argument(
          fmt::format("torch: storage '{}' has {} elements where {} were announced, and {} bytes "
                      "are left of the file",
                      key->text, count, kind->second.count, rest.size()));
    }
    if (!file.storages.by_key.emplace(key->text, rest.first(bytes)).second) {
      return invalid_argument(fmt::format("torch: two storages '{}'", key->text));
    }
    rest = rest.subspan(bytes);
  }
  return {};
}

}  // namespace

Result<TorchStorages> zip_storages(const ZipArchive& archive, std::string_view folder) {
  TorchStorages storages;
  storages.big_endian = TRY(is_big_endian(archive, root_of(folder)));
  for (const ZipMember& member : archive.members()) {
    if (!member.name.starts_with(folder)) continue;
    if (member.deflated) {
      return invalid_argument(
          fmt::format("torch: the storage {} is compressed, which torch never does; save the file again", member.name));
    }
    storages.by_key.emplace(member.name.substr(folder.size()), member.data);
  }
  return storages;
}

Result<LegacyTorchFile> read_legacy_torch(Bytes bytes) {
  Bytes rest = bytes;
  TRY(check_preamble(rest));
  PickleDocument object = TRY(next_pickle(rest, "object"));
  LegacyTorchFile file{std::move(object), {}};
  const PickleDocument keys = TRY(next_pickle(rest, "storage keys"));
  TRY(read_storages(rest, keys.root(), file));
  return file;
}

}  // namespace tandem
