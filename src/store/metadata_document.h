// SPDX-License-Identifier: Apache-2.0
// The document of metadata/NAME.json: what a person says of a model, what the model says itself, what the store knows.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "store/sha256.h"
#include "store/store.h"

namespace tandem {

/// What the store knows of a version, whatever anyone says.
struct VersionFacts {
  ModelName name;
  int version = 1;
  std::string created;  // ISO 8601, UTC
  FileDigest weights;
};

/// given      JSON of a person; "" for none. Its members stay, in their order
/// described  JSON of the model itself; replaces the members of the same names, level by level
/// Errors: invalid_argument: one of them is no JSON object, or `given` names the hash of another file.
Result<std::string> make_metadata(std::string_view given, std::string_view described, const VersionFacts& facts);

}  // namespace tandem
