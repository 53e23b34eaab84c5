// SPDX-License-Identifier: Apache-2.0
// tandem run --carotid: a segmentation model over a sequence of frames, each measured and judged.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/carotid_report.h"
#include "app/frame_flags.h"
#include "app/model_source.h"

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct CarotidFlags {
  std::string profile;                // "tandem", "legacy"; empty: not asked for
  std::string csv;                    // a file
  std::string overlay_dir;            // a folder
  std::vector<double> pixel_spacing;  // mm: none, one for both axes, or x and y

  void add_to(CLI::App& verb);
};

/// Runs to the end of the frames; each overlay and the CSV are written whole or not at all.
/// Errors: failed_precondition (a model that does not tell artery and vein), those of the frames, the model and the
/// files.
Result<CarotidReport> run_carotid(const ReadyModel& model, FrameInput& input, const CarotidFlags& flags);

}  // namespace tandem::app
