// SPDX-License-Identifier: Apache-2.0
// Rows in a map; a handful of them, changed when models are loaded and unloaded.
#include "serve/models/state_book.h"

#include <fmt/format.h>

namespace tandem::serve {

const char* version_state_name(VersionState state) {
  switch (state) {
    case VersionState::kLoading: return "LOADING";
    case VersionState::kReady: return "READY";
    case VersionState::kUnloading: return "UNLOADING";
    case VersionState::kUnavailable:
    case VersionState::kUnwanted: break;
  }
  return "UNAVAILABLE";
}

void StateBook::set(const std::string& name, const std::string& version, VersionState state, std::string reason,
                    std::uint64_t serial) {
  const std::lock_guard lock(mutex_);
  names_[name].versions[version] = {state, std::move(reason), serial};
}

void StateBook::unloading(std::uint64_t serial) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, rows] : names_) {
    for (auto& [version, row] : rows.versions) {
      if (row.serial == serial) row = {VersionState::kUnloading, "answers what it accepted", serial};
    }
  }
}

void StateBook::gone(std::uint64_t serial) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, rows] : names_) {
    std::erase_if(rows.versions, [serial](const auto& row) { return row.second.serial == serial; });
  }
}

void StateBook::clear_failures(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = names_.find(name);
  if (found == names_.end()) return;
  found->second.note.clear();
  std::erase_if(found->second.versions, [](const auto& row) { return row.second.serial == 0; });
}

void StateBook::set_note(const std::string& name, std::string note) {
  const std::lock_guard lock(mutex_);
  names_[name].note = std::move(note);
}

std::vector<ModelState> StateBook::index() const {
  const std::lock_guard lock(mutex_);
  std::vector<ModelState> states;
  for (const auto& [name, rows] : names_) {
    for (const auto& [version, row] : rows.versions) {
      const char* between = row.reason.empty() || rows.note.empty() ? "" : "; ";
      states.push_back({name, version, version_state_name(row.state),
                        fmt::format("{}{}{}", row.reason, between, rows.note), row.state != VersionState::kUnwanted});
    }
  }
  return states;
}

}  // namespace tandem::serve
