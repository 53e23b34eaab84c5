// SPDX-License-Identifier: Apache-2.0
// VersionedName: NAME or NAME@n, as a person writes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tandem {

struct VersionedName {
  std::string name;            // obeys ModelName
  std::optional<int> version;  // absent: the latest

  /// Errors: invalid_argument (the name's, or a version that is no number from 1).
  static Result<VersionedName> parse(std::string_view text);
  std::string text() const;
};

/// The names most like `text`, most alike first: those that hold it, then by the letters to change. At most three.
std::vector<std::string> closest_names(std::string_view text, std::vector<std::string> names);

}  // namespace tandem
