// SPDX-License-Identifier: Apache-2.0
// The committed list of cases that an engine cannot do, with the reason of each.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace tandem::conformance {

struct Cannot {
  std::string pattern;              // a case name, or a glob of * and ?
  bool of_the_error = false;        // the pattern is a part of the error's text instead
  bool depends_on_machine = false;  // may also pass: rounding of other vector units, locales that are installed
  std::string reason;
};

/// One entry a line, # starts a comment: `glob  reason`, or `"text of the error"  reason` for what the engine itself
/// refuses. A ? in front says that it depends on the machine. Errors: invalid_argument (a line without a reason), those
/// of read_file.
Result<std::vector<Cannot>> read_cannot_list(const std::filesystem::path& path);

/// The first entry that speaks of the case and what became of it; null when there is none.
const Cannot* find_cannot(const std::vector<Cannot>& list, const std::string& name, const Status& status);

}  // namespace tandem::conformance
