// SPDX-License-Identifier: Apache-2.0
// tandem run --carotid: a segmentation model over a sequence of frames, each measured and judged.
#pragma once

#include <string>

#include "app/frame_flags.h"
#include "app/models/model_source.h"
#include "app/run/carotid_report.h"
#include "app/run/carotid_rules.h"

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct CarotidFlags {
  CarotidRules rules;
  std::string csv;          // a file
  std::string overlay_dir;  // a folder

  void add_to(CLI::App& verb);
};

/// Runs to the end of the frames; each overlay and the CSV are written whole or not at all.
/// Errors: failed_precondition (a model that does not tell artery and vein), those of the frames, the model and the
/// files.
Result<CarotidReport> run_carotid(const ReadyModel& model, FrameInput& input, const CarotidFlags& flags);

}  // namespace tandem::app
