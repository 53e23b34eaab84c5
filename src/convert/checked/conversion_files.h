// SPDX-License-Identifier: Apache-2.0
// Where converted models are put, and the config that says how images enter them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "convert/conversion.h"

namespace tandem::convert {

/// The file of one model: `output` itself for the only one, else beside it under its part_name().
std::filesystem::path part_path(const std::filesystem::path& output, const std::string& part);

/// The YAML config, schema 1 (docs/formats/model-config.md).
/// name  that of the network, of which the parts have their names
std::string config_text(const Conversion& conversion, const ConvertedModel& model, std::string_view name);

/// Every file that would be written over. Empty: nothing is in the way.
std::vector<std::filesystem::path> files_in_the_way(const Conversion& conversion, const std::filesystem::path& output);

/// Those that are there.
void remove_files(const std::vector<std::filesystem::path>& files);

/// Writes each model and, beside it, its config as NAME.yaml. Returns the files, models first. When one cannot be
/// written, those before it are removed.
Result<std::vector<std::filesystem::path>> write_conversion(const Conversion& conversion,
                                                            const std::filesystem::path& output);

}  // namespace tandem::convert
