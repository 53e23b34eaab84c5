// SPDX-License-Identifier: Apache-2.0
// Field: all candidates of a search as they are measured: what each said so far, who is out and why.
#pragma once

#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tune/tuner.h"

namespace tandem::tune {

/// The phase whose rounds prove what the search found.
inline constexpr const char* kFinalPhase = "final";

/// Grows, never shrinks. Not thread-safe. Borrows what it is made of.
class Field final {
 public:
  Field(const SearchSpace& space, const TuneOptions& options, const TuneTools& tools);

  /// Checks the answers of each new kind, and runs each candidate once. Errors: cancelled; those of the log.
  Status admit(std::vector<Candidate> candidates);

  /// One block of each lane in random order, while the others stand still; read from the log where it is there.
  /// phase  "final": each in a process of its own
  /// lanes  indices of candidates; again() for the first in another process
  /// Errors: cancelled; those of the log
  Result<LoggedRound> measure_round(const std::string& phase, const std::vector<std::size_t>& lanes,
                                    std::chrono::nanoseconds block);
  std::size_t again() const { return runners_.size(); }

  /// Infinite when it did not run, or keeps no limit.
  double cost_of(std::size_t index, const LoggedBlock& block) const;
  /// Holds p95 and memory against the limits.
  void check_limits(std::size_t index);
  /// Why it cannot run; "" when it can.
  const std::string& failure(std::size_t index) const { return runners_[index].failure; }
  bool knows(const PlanConfig& plan) const;
  /// Indices of those that may win, from `first` on.
  std::vector<std::size_t> usable(std::size_t first = 0) const;

  double budget_s() const { return budget_s_; }
  double spent_s() const { return spent_s_; }
  double replayed_s() const { return replayed_s_; }
  std::vector<CandidateResult>& candidates() { return candidates_; }
  const CandidateResult& operator[](std::size_t index) const { return candidates_[index]; }

  /// Puts rates, times and memory into the candidates.
  void describe_all();

 private:
  struct Runner {
    std::unique_ptr<Trial> trial;  // to search
    std::unique_ptr<Trial> proof;  // for the final, in a process of its own
    std::vector<Block> blocks;     // without probes
    std::string failure;
    std::string wrong_answers;  // why they keep it out; "": they do not
  };

  void check_answers(std::size_t index);
  bool is_longer_than_one_too_long(std::size_t index) const;
  Status probe(std::size_t index);
  void check_memory(std::size_t index);
  Result<Trial*> trial_of(std::size_t index, TrialPlace place);
  LoggedBlock run_block(std::size_t index, TrialPlace place, std::chrono::nanoseconds duration);
  Status measure_memory(std::size_t index);
  Status measure_now(const std::vector<std::size_t>& lanes, std::chrono::nanoseconds block, LoggedRound& round);
  void note_block(const LoggedRound& round, std::size_t lane, const LoggedBlock& block);
  double p95_of(std::size_t index) const;
  bool too_slow(std::size_t index) const;

  const SearchSpace& space_;
  const TuneOptions& options_;
  const TuneTools& tools_;
  const double budget_s_;
  std::mt19937_64 random_;
  double spent_s_ = 0;
  double replayed_s_ = 0;
  std::vector<CandidateResult> candidates_;
  std::vector<Runner> runners_;  // one a candidate
  std::vector<PlanConfig> too_long_;
  std::unique_ptr<Trial> again_;  // the first once more
};

}  // namespace tandem::tune
