// SPDX-License-Identifier: Apache-2.0
// LiveReport: what a live view measured and saw last, for people and as JSON.
#pragma once

#include <string>

#include "live/live_session.h"

namespace tandem::app {

struct LiveReport {
  live::LiveOutcome outcome;
  std::string source;  // for people
  bool every_frame = false;
};

std::string report_as_text(const LiveReport& report);
std::string report_as_json(const LiveReport& report);

}  // namespace tandem::app
