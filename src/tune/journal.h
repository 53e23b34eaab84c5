// SPDX-License-Identifier: Apache-2.0
// Journal: the rounds of a search in a file, so that a search that was interrupted goes on where it was.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "tune/round_log.h"

namespace tandem::tune {

/// What a search depends on, by name: the model's hash, the machine, the goal. Another one has nothing to learn from
/// it.
using JournalKey = std::vector<std::pair<std::string, std::string>>;

struct JournalPlace {
  std::filesystem::path file;
  JournalKey key;
  bool resume = false;  // go on with what the file holds; else it is replaced
};

/// One JSON document, written anew as a whole at most once a second, and by save(). Not thread-safe.
class Journal final : public RoundLog {
 public:
  /// Errors: failed_precondition (it is of another search, and what differs), invalid_argument (it is no journal),
  /// those of reading. A file that is not there holds no rounds.
  static Result<Journal> open(JournalPlace place, const Clock& clock);

  const LoggedRound* replay(const std::string& phase, const std::vector<std::string>& lanes) override;
  Status append(LoggedRound round) override;

  /// Errors: those of writing.
  Status save();
  /// For a search that has ended.
  void remove();
  std::size_t rounds() const { return rounds_.size(); }

 private:
  Journal(JournalPlace place, const Clock& clock) : place_(std::move(place)), clock_(&clock) {}

  JournalPlace place_;
  const Clock* clock_;
  std::vector<LoggedRound> rounds_;
  std::size_t next_ = 0;  // to be replayed
  SteadyTime saved_{};
};

}  // namespace tandem::tune
