// SPDX-License-Identifier: Apache-2.0
// tandem store golden: what a version answers to an input is kept beside it, for the self-test of a server.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/models/session_flags.h"
#include "base/error.h"
#include "formats/golden_vector.h"

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct StoreGoldenFlags {
  std::string model;
  std::string store = "models";
  std::vector<std::string> inputs;
  double tolerance = kGoldenTolerance;
  SessionFlags session;

  void add_to(CLI::App& verb);
};

/// Without printing what was kept: the file. Errors: as below.
Result<std::filesystem::path> keep_golden(const Context& context, const StoreGoldenFlags& flags);

/// Runs the version, compares with the outputs that were given, if any, and writes the file. Errors: those of reading,
/// running and writing; failed_precondition (the model does not answer what the file says).
Status store_golden(const Context& context, const StoreGoldenFlags& flags);

}  // namespace tandem::app
