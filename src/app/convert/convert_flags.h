// SPDX-License-Identifier: Apache-2.0
// The flags of tandem convert, and the requests that they make.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "app/command.h"
#include "base/error.h"
#include "convert/checked/checked_conversion.h"

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct ConvertFlags {
  std::vector<std::string> checkpoints;
  std::string output;  // a file; for several checkpoints a folder
  std::vector<std::string> inputs;
  std::vector<std::string> dims;
  std::vector<std::string> names;
  std::vector<std::string> passes_off;
  std::vector<std::string> passes_added;
  bool no_passes = false;
  std::string verify_with;  // "python", "libtorch"; "": nobody
  std::string store;
  std::string as;
  convert::ConversionRequest request;  // what the parser writes into it at once

  void add_to(CLI::App& verb);
};

/// "input=1x3x224x224", "tokens=-1,77": open dimensions are -1. Errors: invalid_argument.
Result<std::pair<std::string, std::vector<std::int64_t>>> parse_input_shape(const std::string& text);

/// "before=after", neither empty. `flag` is for the error. Errors: invalid_argument.
Result<std::pair<std::string, std::string>> parse_pair(const std::string& text, std::string_view flag);

/// The request for one of the checkpoints. Errors: those of the parsers; invalid_argument (flags that exclude each
/// other).
Result<convert::ConversionRequest> request_of(const ConvertFlags& flags, const std::filesystem::path& checkpoint);

/// Whether the output is a folder in which each checkpoint becomes a file.
bool writes_folder(const ConvertFlags& flags);

}  // namespace tandem::app
