// SPDX-License-Identifier: Apache-2.0
// CacheFlags: whether `tandem serve` remembers answers.
#pragma once

#include <cstdint>
#include <optional>

#include "base/error.h"
#include "serve/server/server.h"

namespace CLI {
class App;
}

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct CacheFlags {
  std::optional<std::uint64_t> megabytes;  // absent: for models whose config asks for it

  void add_to(CLI::App& verb);
  Status apply_to(serve::ServerOptions& options) const;
};

}  // namespace tandem::app
