// SPDX-License-Identifier: Apache-2.0
// RecorderBook: the counters of every version that was loaded, so that they go on when it is loaded anew.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "serve/models/model_recorder.h"
#include "serve/models/version_plan.h"

namespace tandem::serve {

/// For Prometheus a counter that begins anew is a restarted server. Not thread-safe.
class RecorderBook final {
 public:
  /// Versions of a name that are kept; those that are loaded are kept besides. A store may bring forth many.
  static constexpr std::size_t kMaxVersions = 16;

  /// Null when it was never loaded, or long ago.
  std::shared_ptr<ModelRecorder> find(const std::string& name, const std::string& version) const;
  void keep(const std::string& name, const std::string& version, std::shared_ptr<ModelRecorder> recorder);
  /// The name is not in the store any more.
  void forget(const std::string& name) { names_.erase(name); }

 private:
  struct OlderFirst {
    bool operator()(const std::string& left, const std::string& right) const { return is_older(left, right); }
  };
  using Versions = std::map<std::string, std::shared_ptr<ModelRecorder>, OlderFirst>;
  std::map<std::string, Versions> names_;
};

}  // namespace tandem::serve
