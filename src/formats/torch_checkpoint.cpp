// SPDX-License-Identifier: Apache-2.0
// Finds the state dict in a torch checkpoint and names its tensors.
#include "formats/torch_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "formats/pickle.h"
#include "formats/torch_objects.h"
#include "formats/torch_types.h"

namespace tandem {
namespace {

constexpr int kMaxDepth = 64;  // nested dicts and modules above a tensor
constexpr std::array<std::string_view, 6> kStateDictKeys = {"state_dict", "model_state_dict", "model", "net", "ema",
                                                            "module"};
/// What training goes on from, beside the weights: its tensors are no network's.
constexpr std::array<std::string_view, 8> kTrainingKeys = {
    "amp", "lr_scheduler", "optim", "optimizer", "optimizer_state_dict", "optimizer_states", "scaler", "scheduler"};
constexpr std::array<std::string_view, 2> kPrefixes = {"module.", "_orig_mod."};

constexpr std::size_t kMaxTableEntries = 1U << 20;  // of all dicts of integers together
constexpr std::size_t kMaxVisits = 10'000'000;      // values may be shared, so a small file can spell a huge tree
constexpr std::size_t kMaxNameLength = 1U << 16;
constexpr std::uint64_t kMaxNameBytes = std::uint64_t{256} << 20;  // of all values passed on the way

struct Found {
  std::string name;
  const PickleValue* value;
};

struct Walk {
  std::vector<Found> found;
  std::size_t visits = 0;
  std::uint64_t name_bytes = 0;
};

/// Where a walk stands.
struct Step {
  Walk& walk;
  int depth = 0;
};

/// Whether the value holds entries by key: a dict, or an object of a class that is one.
bool has_entries(const PickleValue& value) {
  return value.kind == PickleKind::kDict || (value.kind == PickleKind::kObject && !value.pairs.empty());
}

Status collect(const PickleValue& value, const std::string& path, int depth, Walk& walk);

Status collect_below(const PickleValue& value, const std::string& path, const std::string& key, Step step) {
  const std::size_t length = path.size() + 1 + key.size();
  step.walk.name_bytes += length;
  if (length > kMaxNameLength || step.walk.name_bytes > kMaxNameBytes) {
    return fail(Code::kResourceExhausted, "torch: the names of the values in the checkpoint are too long");
  }
  return collect(value, path.empty() ? key : path + "." + key, step.depth, step.walk);
}

Status collect_entries(const PickleValue& dict, const std::string& path, Step step) {
  for (const auto& [key, entry] : dict.pairs) {
    if (path.empty() && std::ranges::find(kTrainingKeys, key->text) != kTrainingKeys.end()) continue;
    if (key->kind == PickleKind::kString) TRY(collect_below(*entry, path, key->text, step));
    if (key->kind == PickleKind::kInt) TRY(collect_below(*entry, path, std::to_string(key->integer), step));
  }
  return {};
}

/// The tensors that the module's state dict would hold, under the names that they would have there.
Status collect_module(const PickleValue& module, const std::string& path, Step step) {
  std::set<std::string_view> passing;  // buffers that a state dict leaves out
  if (const PickleValue* names = module.state->get("_non_persistent_buffers_set")) {
    step.walk.visits += names->items.size();
    for (const PickleValue* name : names->items) passing.insert(name->text);
  }
  TRY(collect_entries(*module.state->get("_parameters"), path, step));
  for (const auto& [key, buffer] : module.state->get("_buffers")->pairs) {
    if (!passing.contains(key->text)) TRY(collect_below(*buffer, path, key->text, step));
  }
  return collect_entries(*module.state->get("_modules"), path, step);
}

/// All tensors below `value`, with their paths. Everything else (epochs, arguments) is passed over.
Status collect(const PickleValue& value, const std::string& path, int depth, Walk& walk) {
  if (++walk.visits > kMaxVisits) return fail(Code::kResourceExhausted, "torch: too many values in the checkpoint");
  if (value.state != nullptr) walk.visits += value.state->pairs.size();  // which are looked through for a module's
  if (value.kind == PickleKind::kTensor) {
    walk.found.push_back({path, &value});
    return {};
  }
  if (depth == kMaxDepth) return invalid_argument(fmt::format("torch: '{}' is nested deeper than {}", path, kMaxDepth));
  const Step step{walk, depth + 1};
  if (is_torch_module(value)) return collect_module(value, path, step);
  if (has_entries(value)) return collect_entries(value, path, step);
  if (value.kind == PickleKind::kList || value.kind == PickleKind::kTuple) {
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      TRY(collect_below(*value.items[i], path, std::to_string(i), step));
    }
  }
  return {};
}

/// The value that most likely is the state dict, and its key.
std::pair<const PickleValue*, std::string> choose_state_dict(const PickleValue& root) {
  if (!has_entries(root)) return {&root, ""};
  for (const std::string_view key : kStateDictKeys) {
    const PickleValue* entry = root.get(key);
    const bool holds = entry != nullptr && ((has_entries(*entry) && !entry->pairs.empty()) || is_torch_module(*entry));
    if (holds) return {entry, std::string(key)};
  }
  return {&root, ""};
}

/// An object alone: what it would be made of decides what its owner can do.
tl::unexpected<Error> refuse_without_tensors(const TorchCheckpoint& checkpoint) {
  if (checkpoint.foreign_globals.empty()) return invalid_argument("torch: no tensors in the checkpoint");
  return invalid_argument(
      fmt::format("torch: no tensors in the checkpoint, but code that Python's pickle would run ({}{}); save the state "
                  "dict: torch.save(model.state_dict(), path)",
                  checkpoint.foreign_globals.front(), checkpoint.foreign_globals.size() > 1 ? ", ..." : ""));
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

/// What was done to tensors that could not be kept as they were.
std::vector<std::string> notes_on(const std::vector<Found>& found) {
  const auto quantized = std::count_if(found.begin(), found.end(),
                                       [](const Found& entry) { return TorchTensors::is_quantized(*entry.value); });
  if (quantized == 0) return {};
  return {fmt::format("{} quantized tensor{} became float32: (integer - zero point) * scale", quantized,
                      quantized == 1 ? "" : "s")};
}

}  // namespace

Result<TorchCheckpoint> read_torch_checkpoint(std::span<const std::byte> file, std::shared_ptr<const void> owner) {
  TorchObjects objects = TRY(TorchObjects::read(file, std::move(owner)));
  TorchCheckpoint checkpoint;
  checkpoint.globals = objects.globals();
  std::copy_if(checkpoint.globals.begin(), checkpoint.globals.end(), std::back_inserter(checkpoint.foreign_globals),
               [](const std::string& name) { return !is_known_torch_global(name); });

  const auto [state_dict, path] = choose_state_dict(objects.root());
  checkpoint.state_dict_path = path;
  checkpoint.tables = collect_tables(objects.root());
  if (is_torch_module(*state_dict)) checkpoint.module = TRY(read_torch_module(*state_dict));
  Walk walk;
  TRY(collect(*state_dict, "", 0, walk));
  std::vector<Found>& found = walk.found;
  // A module may be made of layers that hold none.
  if (found.empty() && !checkpoint.module) return refuse_without_tensors(checkpoint);
  // The paths of a Sequential are those of its layers.
  if (!checkpoint.module || !checkpoint.module->class_name.ends_with(".Sequential")) strip_prefixes(found);
  checkpoint.notes = notes_on(found);
  for (const Found& entry : found) {
    auto tensor = objects.tensor(*entry.value);
    const bool is_array = entry.value->class_name().starts_with("numpy.");
    if (!tensor && is_array) {  // of words or objects: nothing that a network needs
      checkpoint.notes.push_back(fmt::format("'{}' is left out: {}", entry.name, tensor.error().message));
      continue;
    }
    if (!tensor) return fail(tensor.error().with_context(entry.name));
    checkpoint.tensors.push_back({entry.name, std::move(*tensor)});
  }
  return checkpoint;
}

}  // namespace tandem
