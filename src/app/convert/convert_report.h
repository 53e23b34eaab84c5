// SPDX-License-Identifier: Apache-2.0
// What a conversion came to, for a person and as JSON.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/convert/store_conversion.h"
#include "convert/checked/checked_conversion.h"

namespace tandem::app {

/// One checkpoint of several.
struct ConvertedFile {
  std::filesystem::path checkpoint;
  std::optional<convert::ConversionOutcome> outcome;  // absent: it failed
  std::string error;
};

void print_outcome(const convert::ConversionOutcome& outcome, const std::vector<StoredModel>& stored,
                   const std::string& store);

/// A row a file, then what went wrong.
std::string summary_table(const std::vector<ConvertedFile>& files);

/// outcome_as_json, with what was stored.
std::string report_as_json(const convert::ConversionOutcome& outcome, const std::vector<StoredModel>& stored,
                           const std::string& store);

/// An array, a file each: its report, or {"checkpoint", "error"}.
std::string reports_as_json(const std::vector<ConvertedFile>& files);

}  // namespace tandem::app
