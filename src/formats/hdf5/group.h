// SPDX-License-Identifier: Apache-2.0
// Groups: the names in them and the addresses they lead to, in the old form (symbol table) and the new (link messages).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "formats/hdf5/object_header.h"

namespace tandem::hdf5 {

struct Link {
  std::string name;
  std::uint64_t address = 0;  // of the object header
};

/// In the file's order. Errors: invalid_argument, unimplemented (soft and external links, dense groups).
Result<std::vector<Link>> read_links(Metadata& file, std::span<const Message> messages);

}  // namespace tandem::hdf5
