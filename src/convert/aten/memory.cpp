// SPDX-License-Identifier: Apache-2.0
// Versions are counted where the memory is owned; a view is behind when its own count is smaller.
#include "convert/aten/memory.h"

#include "base/check.h"

namespace tandem::convert::aten {

const std::string& Memory::canonical(const std::string& name) const {
  const std::string* current = &name;
  for (auto found = aliases_.find(*current); found != aliases_.end(); found = aliases_.find(*current)) {
    current = &found->second;
  }
  return *current;
}

const Memory::Entry* Memory::find(std::string_view name) const {
  const auto found = entries_.find(canonical(std::string(name)));
  return found == entries_.end() ? nullptr : &found->second;
}

const Memory::Entry& Memory::owner_of(std::string_view name) const {
  const Entry* entry = find(name);
  CHECK(entry != nullptr);
  while (!entry->view.base.empty()) entry = find(entry->view.base);
  return *entry;
}

Memory::Entry& Memory::owner_of(std::string_view name) {
  return const_cast<Entry&>(static_cast<const Memory*>(this)->owner_of(name));
}

void Memory::define(const std::string& name, Value value) {
  aliases_.erase(name);
  entries_.insert_or_assign(name, Entry{std::move(value), {}, 0, 0, 0});
}

void Memory::define_view(const std::string& name, Value value, ViewOf view) {
  view.base = canonical(view.base);
  const std::uint64_t version = owner_of(view.base).version;
  const std::size_t depth = this->depth(view.base) + 1;
  aliases_.erase(name);
  entries_.insert_or_assign(name, Entry{std::move(value), std::move(view), version, depth, 0});
}

void Memory::define_alias(const std::string& name, const std::string& of) {
  const std::string& target = canonical(of);
  CHECK(entries_.contains(target));
  if (target != name) aliases_.insert_or_assign(name, target);
}

void Memory::define_size(const std::string& name, Size size) { sizes_.insert_or_assign(name, std::move(size)); }

const Value* Memory::value(std::string_view name) const {
  const Entry* entry = find(name);
  return entry == nullptr ? nullptr : &entry->value;
}

const Size* Memory::size(std::string_view name) const {
  const auto found = sizes_.find(name);
  return found == sizes_.end() ? nullptr : &found->second;
}

bool Memory::behind(std::string_view name) const {
  const Entry* entry = find(name);
  return entry != nullptr && !entry->view.base.empty() && entry->made < owner_of(name).version;
}

const ViewOf* Memory::view(std::string_view name) const {
  const Entry* entry = find(name);
  return entry == nullptr || entry->view.base.empty() ? nullptr : &entry->view;
}

std::size_t Memory::depth(std::string_view name) const {
  const Entry* entry = find(name);
  return entry == nullptr ? 0 : entry->depth;
}

void Memory::refresh(const std::string& name, Value value) {
  const std::uint64_t version = owner_of(name).version;
  Entry& entry = entries_.find(canonical(name))->second;
  entry.value = std::move(value);
  entry.made = version;
}

void Memory::write(const std::vector<std::pair<std::string, Value>>& chain) {
  CHECK(!chain.empty());
  ++owner_of(chain.front().first).version;
  for (const auto& [name, value] : chain) refresh(name, value);
}

}  // namespace tandem::convert::aten
