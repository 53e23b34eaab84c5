// SPDX-License-Identifier: Apache-2.0
// Finds the state dict in a torch checkpoint and names its tensors.
#include "formats/torch_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "formats/pickle.h"
#include "formats/torch_tensors.h"
#include "formats/zip_archive.h"

namespace tandem {
namespace {

constexpr int kMaxDepth = 32;  // nested dicts above a tensor
constexpr std::array<std::string_view, 6> kStateDictKeys = {"state_dict", "model_state_dict", "model", "net", "ema",
                                                            "module"};
constexpr std::array<std::string_view, 2> kPrefixes = {"module.", "_orig_mod."};

constexpr std::size_t kMaxTableEntries = 1U << 20;  // of all dicts of integers together
constexpr std::size_t kMaxVisits = 10'000'000;      // values may be shared, so a small file can spell a huge tree

struct Found {
  std::string name;
  const PickleValue* value;
};

struct Walk {
  std::vector<Found> found;
  std::size_t visits = 0;
};

/// Whether the value holds entries by key: a dict, or a call of OrderedDict and its like.
bool has_entries(const PickleValue& value) {
  return value.kind == PickleKind::kDict || (value.kind == PickleKind::kObject && !value.pairs.empty());
}

/// All tensors below `value`, with their paths. Everything else (epochs, arguments) is passed over.
Status collect(const PickleValue& value, const std::string& path, int depth, Walk& walk) {
  if (++walk.visits > kMaxVisits) return fail(Code::kResourceExhausted, "torch: too many values in the checkpoint");
  if (TorchTensors::is_tensor(value)) {
    walk.found.push_back({path, &value});
    return {};
  }
  if (depth == kMaxDepth) return invalid_argument(fmt::format("torch: '{}' is nested deeper than {}", path, kMaxDepth));
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  if (has_entries(value)) {
    for (const auto& [key, entry] : value.pairs) {
      if (key->kind == PickleKind::kString) TRY(collect(*entry, below(key->text), depth + 1, walk));
      if (key->kind == PickleKind::kInt) TRY(collect(*entry, below(std::to_string(key->integer)), depth + 1, walk));
    }
  } else if (value.kind == PickleKind::kList || value.kind == PickleKind::kTuple) {
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      TRY(collect(*value.items[i], below(std::to_string(i)), depth + 1, walk));
    }
  }
  return {};
}

/// The dict that most likely is the state dict, and its key.
std::pair<const PickleValue*, std::string> choose_state_dict(const PickleValue& root) {
  if (has_entries(root)) {
    for (const std::string_view key : kStateDictKeys) {
      const PickleValue* entry = root.get(key);
      if (entry != nullptr && has_entries(*entry) && !entry->pairs.empty()) return {entry, std::string(key)};
    }
  }
  return {&root, ""};
}

std::optional<IntegerTable> as_table(const PickleValue& key, const PickleValue& value) {
  if (key.kind != PickleKind::kString || !has_entries(value) || value.pairs.empty()) return std::nullopt;
  IntegerTable table{key.text, {}};
  for (const auto& [name, number] : value.pairs) {
    if (name->kind != PickleKind::kString || number->kind != PickleKind::kInt) return std::nullopt;
    table.entries.emplace_back(name->text, number->integer);
  }
  return table;
}

IntegerTable numbers_of(const PickleValue& root) {
  IntegerTable table;
  for (const auto& [key, value] : root.pairs) {
    if (table.entries.size() == kMaxTableEntries) break;
    if (key->kind == PickleKind::kString && value->kind == PickleKind::kInt) {
      table.entries.emplace_back(key->text, value->integer);
    }
  }
  return table;
}

/// The dicts of integers beside the state dict. Shared dicts could be named many times over: that is bounded.
std::vector<IntegerTable> collect_tables(const PickleValue& root) {
  std::vector<IntegerTable> tables;
  if (!has_entries(root)) return tables;
  if (auto numbers = numbers_of(root); !numbers.entries.empty()) tables.push_back(std::move(numbers));
  std::size_t entries = 0;
  for (const auto& [key, value] : root.pairs) {
    entries += value->pairs.size();
    if (entries > kMaxTableEntries) break;
    if (auto table = as_table(*key, *value)) tables.push_back(std::move(*table));
  }
  return tables;
}

void strip_prefixes(std::vector<Found>& found) {
  for (const std::string_view prefix : kPrefixes) {
    const bool all =
        std::all_of(found.begin(), found.end(), [&](const Found& f) { return f.name.starts_with(prefix); });
    if (!all) continue;
    for (Found& entry : found) entry.name.erase(0, prefix.size());
  }
}

Status refuse_other_formats(std::span<const std::byte> file) {
  const std::string_view head(reinterpret_cast<const char*>(file.data()), std::min<std::size_t>(file.size(), 15));
  if (head.starts_with("PK\x03\x04")) return {};
  if (head == std::string_view("\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19\x2E", 15)) {
    return fail(
        Code::kUnimplemented,
        "torch: this file has the format of torch before 1.6; load it and save it again with torch.save(x, path)");
  }
  return invalid_argument("torch: not a checkpoint: the file does not begin as a zip archive");
}

Result<std::string> find_root(const ZipArchive& archive) {
  if (archive.members().empty()) return invalid_argument("torch: the archive is empty");
  const std::string& first = archive.members().front().name;
  const std::string root = first.substr(0, first.find('/'));
  if (archive.find(root + "/archive_format") != nullptr ||
      archive.find("serialized_exported_program.json") != nullptr) {
    return fail(Code::kUnimplemented, "torch: this is a torch.export archive (.pt2), not a checkpoint");
  }
  if (archive.find(root + "/constants.pkl") != nullptr) {
    return fail(Code::kUnimplemented,
                "torch: this is TorchScript, not a checkpoint; save the state dict: "
                "torch.save(model.state_dict(), path)");
  }
  if (archive.find(root + "/data.pkl") == nullptr) return invalid_argument("torch: no data.pkl in the archive");
  return root;
}

Status check_byte_order(const ZipArchive& archive, const std::string& root) {
  const ZipMember* member = archive.find(root + "/byteorder");
  if (member == nullptr) return {};
  const auto text = TRY(archive.read(*member));
  const std::string_view order(reinterpret_cast<const char*>(text.data()), text.size());
  if (order == "little") return {};
  return fail(Code::kUnimplemented, fmt::format("torch: byte order '{}'; only little-endian files are read", order));
}

}  // namespace

Result<TorchCheckpoint> read_torch_checkpoint(std::span<const std::byte> file, std::shared_ptr<const void> owner) {
  TRY(refuse_other_formats(file));
  const ZipArchive archive = TRY(ZipArchive::open(file));
  const std::string root = TRY(find_root(archive));
  TRY(check_byte_order(archive, root));
  const auto pickle_bytes = TRY(archive.read(*archive.find(root + "/data.pkl")));
  const PickleDocument document = TRY(PickleDocument::parse(pickle_bytes));

  TorchCheckpoint checkpoint;
  checkpoint.globals = document.globals();
  std::copy_if(checkpoint.globals.begin(), checkpoint.globals.end(), std::back_inserter(checkpoint.foreign_globals),
               [](const std::string& name) { return !is_known_torch_global(name); });

  const auto [state_dict, path] = choose_state_dict(document.root());
  checkpoint.state_dict_path = path;
  checkpoint.tables = collect_tables(document.root());
  Walk walk;
  TRY(collect(*state_dict, "", 0, walk));
  std::vector<Found>& found = walk.found;
  if (found.empty()) {
    return invalid_argument(
        "torch: no tensors in the checkpoint; a whole pickled module cannot be read, save its "
        "state dict: torch.save(model.state_dict(), path)");
  }
  strip_prefixes(found);
  const TorchTensors tensors(archive, root, std::move(owner));
  for (const Found& entry : found) {
    auto tensor = tensors.rebuild(*entry.value);
    if (!tensor) return fail(tensor.error().with_context(entry.name));
    checkpoint.tensors.push_back({entry.name, std::move(*tensor)});
  }
  return checkpoint;
}

}  // namespace tandem
