// SPDX-License-Identifier: Apache-2.0
// --carotid and --pixel-spacing.
#include "app/run/carotid_rules.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace tandem::app {

CLI::Option* CarotidRules::add_to(CLI::App& verb) {
  auto* carotid =
      verb.add_flag("--carotid{tandem}", profile,
                    "Measures the artery in a folder of frames, or --source, and says arrest or ROSC by the "
                    "rules 'tandem' or 'legacy'")
          ->check(CLI::IsMember({"tandem", "legacy"}))
          ->type_name("[=RULES]");
  verb.add_option("--pixel-spacing", pixel_spacing, "mm of a pixel: one number, or across and down")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->needs(carotid)
      ->type_name("MM[,MM]");
  return carotid;
}

Result<carotid::ExaminationOptions> CarotidRules::options() const {
  carotid::ExaminationOptions options;
  if (const auto parsed = carotid::parse_profile(profile)) options.profile = *parsed;
  if (pixel_spacing.size() > 2) {
    return invalid_argument(
        fmt::format("--pixel-spacing expects one number of mm, or two, got {}", pixel_spacing.size()));
  }
  if (!pixel_spacing.empty()) {
    options.measure.spacing = carotid::PixelSpacing{pixel_spacing.front(), pixel_spacing.back()};
  }
  TRY(carotid::check(options.measure));
  return options;
}

}  // namespace tandem::app
