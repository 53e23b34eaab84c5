// SPDX-License-Identifier: Apache-2.0
// The Python interpreter that runs the workers, and the folder with our side of their code.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tandem::python {

struct Interpreter {
  std::string program;         // what sys.executable says
  std::string python_version;  // "3.11.2"
  std::string numpy_version;   // "2.4.6"
};

/// Starts `named` (a path, or a name in PATH; "": python3) once and asks for its versions.
/// Errors: unavailable (it is missing, too old, or has no NumPy), with what to do.
Result<Interpreter> find_interpreter(const std::string& named);

/// What the asking printed. Errors: as above.
Result<Interpreter> read_versions(const std::string& program, std::string_view printed);

/// The folder that contains the package tandem_worker: `named` (then no other), ../share/tandem/python beside the
/// program, the source tree it was built from. Errors: unavailable, with the places.
Result<std::filesystem::path> find_sdk(const std::filesystem::path& named, const std::filesystem::path& program_folder);

}  // namespace tandem::python
