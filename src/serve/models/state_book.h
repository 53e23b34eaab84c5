// SPDX-License-Identifier: Apache-2.0
// StateBook: what became of every version of every model, for the repository index.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "serve/inference_service.h"
#include "serve/models/version_plan.h"

namespace tandem::serve {

/// kUnwanted: unavailable because an operator wants it so.
enum class VersionState { kLoading, kReady, kUnavailable, kUnwanted, kUnloading };
const char* version_state_name(VersionState state);  // "LOADING", ... as Triton's index has them

/// Thread-safe; never locked on the path of a request.
class StateBook final {
 public:
  /// serial  of the loaded model that the row is about; 0: there is none
  void set(const std::string& name, const std::string& version, VersionState state, std::string reason,
           std::uint64_t serial = 0);

  /// The row of that loaded model, if it is still about it: the model is on its way out.
  void unloading(std::uint64_t serial);
  /// Takes that row out: the model is gone.
  void gone(std::uint64_t serial);

  /// Takes out the rows of a name without a loaded model: failures and notices of before.
  void clear_failures(const std::string& name);

  /// Stands behind the reasons of all rows of the name until it is replaced; "": nothing.
  void set_note(const std::string& name, std::string note);

  /// By name, then by version, oldest first.
  std::vector<ModelState> index() const;

 private:
  struct Row {
    VersionState state = VersionState::kUnavailable;
    std::string reason;
    std::uint64_t serial = 0;
  };
  struct OlderFirst {
    bool operator()(const std::string& left, const std::string& right) const { return is_older(left, right); }
  };
  using Versions = std::map<std::string, Row, OlderFirst>;
  struct Name {
    Versions versions;
    std::string note;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Name> names_;  // guarded by mutex_
};

}  // namespace tandem::serve
