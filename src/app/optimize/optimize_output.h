// SPDX-License-Identifier: Apache-2.0
// Where optimized models go: files with their configs beside them, and versions in a store.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/optimize/optimize_network.h"
#include "app/optimize/optimize_report.h"
#include "base/error.h"

namespace tandem::app {

struct OutputFlags {
  std::string output;    // -o; "": no files
  std::string to_store;  // a store's folder; "": none
  bool overwrite = false;
};

/// What is known of a variant beside its network.
struct Provenance {
  const OptimizeReport& report;
  const OptimizeRow& row;
  std::string source_sha256;  // of the original's first file
};

/// The config with another precision and, for a captioner, another step's name; "" stays "".
std::string derive_config(const std::string& config, const std::string& precision, const std::string& step);

/// What becomes of -o for one variant: the file itself when it is the only one, else beside it with the label.
std::filesystem::path variant_path(const std::filesystem::path& output, const Network& network, bool only);

/// Errors: already_exists, naming the file.
Status check_free(std::span<const Network> variants, const OutputFlags& flags);

/// Writes each file whole or not at all, configs after models. Returns the models' files.
Result<std::vector<std::string>> write_files(const Network& network, const std::filesystem::path& output);

/// Each part becomes the next version of its name with the variant behind the architecture. Returns those names.
/// Errors: invalid_argument (a name that the store does not take), those of the store.
Result<std::vector<std::string>> add_to_store(const Context& context, const Network& network, const OutputFlags& flags,
                                              const Provenance& provenance);

}  // namespace tandem::app
