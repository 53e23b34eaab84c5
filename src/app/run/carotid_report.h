// SPDX-License-Identifier: Apache-2.0
// CarotidReport: what a sequence of frames says, for people and as JSON, with the rules it was judged by.
#pragma once

#include <string>

#include "domains/carotid/summary.h"

namespace tandem::app {

struct CarotidReport {
  std::string model;
  std::string engine;
  std::string description;  // of the model, from its metadata; may be empty
  std::string source;       // the frames, for people
  carotid::Summary summary;
  bool millimetres = false;
  std::string csv;          // the file written; empty: none
  std::string overlay_dir;  // the folder written to; empty: none
};

std::string report_as_text(const CarotidReport& report);
std::string report_as_json(const CarotidReport& report);

}  // namespace tandem::app
