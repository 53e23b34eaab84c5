// SPDX-License-Identifier: Apache-2.0
// A recorder that nobody else holds is of no loaded model.
#include "serve/models/recorder_book.h"

#include <utility>

namespace tandem::serve {

std::shared_ptr<ModelRecorder> RecorderBook::find(const std::string& name, const std::string& version) const {
  const auto versions = names_.find(name);
  if (versions == names_.end()) return nullptr;
  const auto found = versions->second.find(version);
  return found == versions->second.end() ? nullptr : found->second;
}

void RecorderBook::keep(const std::string& name, const std::string& version, std::shared_ptr<ModelRecorder> recorder) {
  Versions& versions = names_[name];
  versions[version] = std::move(recorder);
  for (auto it = versions.begin(); it != versions.end() && versions.size() > kMaxVersions;) {
    it = it->second.use_count() == 1 ? versions.erase(it) : std::next(it);
  }
}

}  // namespace tandem::serve
