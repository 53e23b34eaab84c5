// SPDX-License-Identifier: Apache-2.0
// What a finished PickleDocument answers.
#include "formats/pickle.h"

#include <set>

#include "formats/pickle_machine.h"

namespace tandem {

const PickleValue* PickleValue::get(std::string_view key) const {
  for (auto pair = pairs.rbegin(); pair != pairs.rend(); ++pair) {
    if (pair->first->kind == PickleKind::kString && pair->first->text == key) return pair->second;
  }
  return nullptr;
}

std::string PickleValue::class_name() const {
  if (callable == nullptr || callable->kind != PickleKind::kGlobal) return "";
  return callable->text + "." + callable->attribute;
}

const PickleValue* PickleValue::argument(std::size_t index) const {
  if (items.empty() || index >= items[0]->items.size()) return nullptr;
  return items[0]->items[index];
}

Result<PickleDocument> PickleDocument::parse(std::span<const std::byte> bytes, PickleLimits limits) {
  return PickleMachine(bytes, limits).run();
}

std::vector<std::string> PickleDocument::globals() const {
  std::set<std::string> names;
  for (const PickleValue& value : values_) {
    if (value.kind == PickleKind::kGlobal) names.insert(value.text + "." + value.attribute);
  }
  return {names.begin(), names.end()};
}

}  // namespace tandem
