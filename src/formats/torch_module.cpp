// SPDX-License-Identifier: Apache-2.0
// The state of torch.nn.Module: what __dict__ holds.
#include "formats/torch_module.h"

#include <algorithm>
#include <array>

namespace tandem {
namespace {

constexpr int kMaxModuleDepth = 64;
constexpr std::size_t kMaxEntries = 1'000'000;  // a module may stand at several places: a small file can spell many
constexpr std::size_t kMaxNumbers = 64;         // of one setting

std::optional<ModuleSetting> setting_of(const PickleValue& value) {
  switch (value.kind) {
    case PickleKind::kNone: return ModuleSetting(std::monostate());
    case PickleKind::kBool: return ModuleSetting(value.boolean);
    case PickleKind::kInt: return ModuleSetting(value.integer);
    case PickleKind::kFloat: return ModuleSetting(value.real);
    case PickleKind::kString:
      if (value.text.size() > 256) return std::nullopt;
      return ModuleSetting(value.text);
    case PickleKind::kTuple:
    case PickleKind::kList: {
      std::vector<std::int64_t> numbers;
      if (value.items.size() > kMaxNumbers) return std::nullopt;
      for (const PickleValue* item : value.items) {
        if (item->kind != PickleKind::kInt) return std::nullopt;
        numbers.push_back(item->integer);
      }
      return ModuleSetting(std::move(numbers));
    }
    default: return std::nullopt;
  }
}

Result<TorchModule> read_module(const PickleValue& value, int depth, std::size_t& count) {
  count += value.state->pairs.size();
  if (depth == kMaxModuleDepth || count > kMaxEntries) {
    return fail(Code::kResourceExhausted, "torch: too many or too deeply nested modules in the checkpoint");
  }
  TorchModule module;
  module.class_name = value.class_name();
  for (const auto& [key, entry] : value.state->pairs) {
    if (key->kind != PickleKind::kString || key->text.starts_with("_")) continue;
    if (auto setting = setting_of(*entry)) module.settings.insert_or_assign(key->text, std::move(*setting));
  }
  for (const auto& [key, child] : value.state->get("_modules")->pairs) {
    if (key->kind != PickleKind::kString || !is_torch_module(*child)) continue;
    TorchModule read = TRY(read_module(*child, depth + 1, count));
    read.name = key->text;
    module.children.push_back(std::move(read));
  }
  return module;
}

}  // namespace

bool is_torch_module(const PickleValue& value) {
  if (value.kind != PickleKind::kObject || value.state == nullptr || value.state->kind != PickleKind::kDict)
    return false;
  return std::ranges::all_of(std::to_array<std::string_view>({"_parameters", "_buffers", "_modules"}),
                             [&](std::string_view key) {
                               const PickleValue* entry = value.state->get(key);
                               return entry != nullptr && entry->kind == PickleKind::kDict;
                             });
}

Result<TorchModule> read_torch_module(const PickleValue& value) {
  std::size_t count = 0;
  return read_module(value, 0, count);
}

}  // namespace tandem
