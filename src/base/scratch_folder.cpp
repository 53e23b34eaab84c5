// SPDX-License-Identifier: Apache-2.0
// mkdtemp, and everything in it removed at the end.
#include "base/scratch_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <string>
#include <system_error>

#include "base/log.h"

namespace tandem {

namespace fs = std::filesystem;

Result<std::shared_ptr<const ScratchFolder>> ScratchFolder::make(const fs::path& parent, std::string_view name) {
  std::string path = (parent / fmt::format("{}-XXXXXX", name)).string();
  if (::mkdtemp(path.data()) == nullptr) {
    return fail(Code::kInternal,
                fmt::format("no folder can be made in {}: is it there, and writable?", parent.string()));
  }
  return std::shared_ptr<const ScratchFolder>(new ScratchFolder(path));
}

ScratchFolder::~ScratchFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
  if (error) log::warning("a temporary folder could not be removed", {{"folder", path_.string()}});
}

}  // namespace tandem
