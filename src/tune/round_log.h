// SPDX-License-Identifier: Apache-2.0
// RoundLog: every round that was measured, so that a search that was interrupted goes on where it was.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "tune/trial.h"

namespace tandem::tune {

/// One block, or why there is none.
struct LoggedBlock {
  Block block;
  std::string problem;  // "": it ran
};

struct LoggedRound {
  std::string phase;                // "probe", "search", "near", "final"
  std::vector<std::string> lanes;   // what was measured, by name
  std::vector<LoggedBlock> blocks;  // one a lane
  double elapsed_s = 0;             // loading included
};

/// A search is a function of its rounds: the same rounds in the same order lead to the same place.
class RoundLog {
 public:
  virtual ~RoundLog() = default;
  /// The next round of an earlier search when it was one of this phase and these lanes; what comes after another is
  /// forgotten. Borrowed until the next call.
  virtual const LoggedRound* replay(const std::string& phase, const std::vector<std::string>& lanes) = 0;
  /// Errors: those of writing.
  virtual Status append(LoggedRound round) = 0;
};

/// Keeps nothing.
class NoRoundLog final : public RoundLog {
 public:
  const LoggedRound* replay(const std::string&, const std::vector<std::string>&) override { return nullptr; }
  Status append(LoggedRound) override { return {}; }
};

}  // namespace tandem::tune
