// SPDX-License-Identifier: Apache-2.0
// CarotidRules: the options that ask for the measurement of an artery and say by which rules it is judged.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "domains/carotid/examination.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct CarotidRules {
  std::string profile;                // "tandem", "legacy"; empty: not asked for
  std::vector<double> pixel_spacing;  // mm: none, one for both axes, or x and y

  /// Returns --carotid, which other options may need.
  CLI::Option* add_to(CLI::App& verb);

  bool wanted() const { return !profile.empty(); }
  bool millimetres() const { return !pixel_spacing.empty(); }
  /// Errors: invalid_argument.
  Result<carotid::ExaminationOptions> options() const;
};

}  // namespace tandem::app
