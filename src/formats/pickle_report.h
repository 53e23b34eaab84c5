// SPDX-License-Identifier: Apache-2.0
// The security report of a pickle: the code that it names, and what Python's pickle would do with it. Nothing is run.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tandem {

/// Code that a pickle names and that is neither torch's nor NumPy's way of writing data.
struct ForeignGlobal {
  std::string name;      // "os.system"
  std::string effect;    // "runs a command of the system": what happens when Python's pickle loads the file
  std::string argument;  // what it would be called with first, shortened; "" when it is not called with text
  bool harmful = false;  // it can run commands, reach files or the network; else it is only not known

  friend bool operator==(const ForeignGlobal&, const ForeignGlobal&) = default;
};

/// Of every pickle in the file (a bare one, a legacy file's, a zip's members that end in .pkl or .pt), sorted, the
/// harmful ones first. A file without pickles has none.
/// Errors: those of ZipArchive and PickleDocument: a pickle that cannot be read may hide anything.
Result<std::vector<ForeignGlobal>> foreign_globals_of(std::span<const std::byte> file);

/// One line for people: "os.system: runs a command of the system ('rm -rf /')".
std::string to_string(const ForeignGlobal& global);

}  // namespace tandem
