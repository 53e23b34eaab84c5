// SPDX-License-Identifier: Apache-2.0
// Costs against gains, in nanoseconds.
#include "schedule/wait_policy.h"

#include <algorithm>

namespace tandem {
namespace {

using std::chrono::nanoseconds;

constexpr double kWeightOfNewestGap = 1.0 / 8;
/// After so many mean gaps without a request the stream is taken to have ended.
constexpr double kGapsOfSilence = 4;

}  // namespace

void ArrivalGap::note(SteadyTime arrival) {
  if (last_) {
    const auto gap = static_cast<double>(std::max<nanoseconds::rep>(nanoseconds(arrival - *last_).count(), 1));
    // One long silence says nothing of the rate when requests come again.
    gap_ns_ = gap_ns_ == 0 ? gap : gap_ns_ + (std::min(gap, gap_ns_ * kGapsOfSilence) - gap_ns_) * kWeightOfNewestGap;
  }
  last_ = arrival;
}

std::optional<nanoseconds> ArrivalGap::next_in(SteadyTime now) const {
  if (gap_ns_ == 0) return std::nullopt;
  const auto silence = static_cast<double>(nanoseconds(now - *last_).count());
  if (silence > gap_ns_ * kGapsOfSilence) return std::nullopt;
  return nanoseconds(static_cast<nanoseconds::rep>(std::max(gap_ns_ - silence, 0.0)));
}

nanoseconds choose_wait(const WaitQuestion& question, SteadyTime now) {
  const nanoseconds none{0};
  if (question.max_delay <= none || question.rows >= question.wanted_rows) return none;
  if (!question.next_arrival_in || !question.run_one || !question.run_now || !question.run_with_next) return none;
  const nanoseconds saved = *question.run_one + *question.run_now - *question.run_with_next;
  if (saved <= *question.next_arrival_in) return none;
  SteadyTime latest = question.oldest + question.max_delay;
  if (question.earliest_deadline) latest = std::min(latest, *question.earliest_deadline - *question.run_with_next);
  if (now + *question.next_arrival_in >= latest) return none;
  return latest - now;
}

}  // namespace tandem
